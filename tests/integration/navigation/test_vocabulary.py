"""What can be asked for: labels of the answering runs with their counts, a page at a time."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, update

from rushes.artifacts.policies import set_policy
from rushes.artifacts.registry import default_registry
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile
from rushes.db.people_tables import face_clusters, people
from rushes.db.tables import artifacts, asset, runs
from rushes.navigation.vocabulary import Term, TermKind, vocabulary
from tests.integration.artifacts.artifact_making import (
    FILM,
    SEGMENT,
    add_film,
    add_run,
    envelope,
    object_payload,
    segment_payload,
)

OBJECT = ArtifactType.OBJECT_DETECTION


@pytest.fixture
def repository() -> ArtifactRepository:
    return ArtifactRepository(default_registry())


@pytest.fixture
def films(engine: Engine) -> Engine:
    with engine.begin() as connection:
        for name in (FILM, "other"):
            add_film(connection, name)
    return engine


def _walk(engine: Engine, kind: TermKind, limit: int = 200) -> list[Term]:
    found: list[Term] = []
    cursor = None
    while True:
        page = vocabulary(engine, kind, limit=limit, cursor=cursor)
        found += page.terms
        cursor = page.cursor
        if not page.has_more:
            return found


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    made=st.lists(
        st.tuples(
            st.sampled_from([FILM, "other"]),
            st.sampled_from(["fast", "balanced"]),
            st.lists(st.sampled_from(["dog", "cat", "chien", "犬"]), max_size=5),
        ),
        max_size=5,
    ),
    profile=st.sampled_from([None, ModelProfile.FAST]),
    limit=st.integers(1, 3),
)
def test_labels_are_counted_in_the_answering_runs_only(
    films: Engine,
    repository: ArtifactRepository,
    made: list[tuple[str, str, list[str]]],
    profile: ModelProfile | None,
    limit: int,
) -> None:
    answering: dict[str, list[str]] = {}
    with films.begin() as connection:
        connection.execute(delete(runs))
        selection = Selection(SelectionMode.PROFILE if profile else SelectionMode.DEFAULT, profile)
        set_policy(connection, [FILM, "other"], [OBJECT], selection)
        for film, tier, labels in made:
            run = add_run(connection, "objects", asset_id=film, profile=tier)
            payloads = [object_payload() | {"label": label} for label in labels]
            repository.batch_create(
                connection,
                [
                    envelope(run, number, OBJECT, payload, asset_id=film)
                    for number, payload in enumerate(payloads)
                ],
            )
            if profile is None or tier == profile:
                answering[film] = labels
    spans: Counter[str] = Counter()
    having: dict[str, set[str]] = defaultdict(set)
    for film, labels in answering.items():
        spans.update(labels)
        for label in labels:
            having[label].add(film)
    assert [
        (term.label, term.films, term.spans) for term in _walk(films, TermKind.OBJECT, limit)
    ] == [
        (label, len(having[label]), spans[label])
        for label in sorted(spans, key=lambda each: each.encode())
    ]


def test_languages_are_those_that_were_spoken(
    films: Engine, repository: ArtifactRepository
) -> None:
    with films.begin() as connection:
        run = add_run(connection)
        said = [segment_payload() | {"language": code} for code in ("en", "de", "en")]
        repository.batch_create(
            connection, [envelope(run, number, SEGMENT, each) for number, each in enumerate(said)]
        )
    assert [(term.label, term.spans) for term in _walk(films, TermKind.LANGUAGE)] == [
        ("de", 1),
        ("en", 2),
    ]


def test_people_come_by_name_and_the_unnamed_last(
    films: Engine, repository: ArtifactRepository
) -> None:
    names = {"p3": "anna", "p1": "Zoë", "p2": None, "p0": "Bob"}
    with films.begin() as connection:
        run = add_run(connection, "faces")
        for number, (cluster, name) in enumerate(names.items()):
            made = envelope(run, number, OBJECT)
            repository.batch_create(connection, [made])
            connection.execute(
                insert(people).values(
                    cluster_id=cluster, library_slug="films", effective_id=cluster, name=name
                )
            )
            connection.execute(
                insert(face_clusters).values(
                    artifact_id=made.artifact_id,
                    asset_id=FILM,
                    run_id=run,
                    start_ms=0,
                    end_ms=1,
                    cluster_id=cluster,
                    confidence=0.5,
                )
            )
    for limit in (1, 3, 200):
        found = _walk(films, TermKind.PERSON, limit)
        assert [(term.label, term.name) for term in found] == [
            ("p3", "anna"),
            ("p0", "Bob"),
            ("p1", "Zoë"),
            ("p2", None),
        ]
    with films.begin() as connection:
        connection.execute(update(people).where(people.c.cluster_id == "p3").values(name=None))
        connection.execute(delete(artifacts).where(artifacts.c.span_start_ms == 1000))
    assert [term.label for term in _walk(films, TermKind.PERSON)] == ["p0", "p2", "p3"]


def test_a_deleted_film_takes_its_terms_along(
    films: Engine, repository: ArtifactRepository
) -> None:
    with films.begin() as connection:
        run = add_run(connection, "objects")
        repository.batch_create(connection, [envelope(run, 0, OBJECT)])
    assert [term.label for term in _walk(films, TermKind.OBJECT)] == ["dog"]
    with films.begin() as connection:
        connection.execute(delete(asset).where(asset.c.asset_id == FILM))
    assert _walk(films, TermKind.OBJECT) == []
