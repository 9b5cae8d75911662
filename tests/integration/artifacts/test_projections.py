"""Projections: one statement that writes, rebuilds and verifies."""

from __future__ import annotations

import pytest
from artifact_making import (
    FILM,
    SCENE,
    add_film,
    add_run,
    envelope,
    metadata_payload,
    object_payload,
    ocr_payload,
    place_payload,
    segment_payload,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete, select, update

from rushes.artifacts.projections import PROJECTIONS, Projection, projection, rebuild, verify
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType
from rushes.db.analysis_tables import object_labels, ocr_fts, place_labels, video_locations
from rushes.db.tables import scene_ranges, transcript_fts

# `face_clusters` rests on the people log too: it is tested with the people.
FROM_ARTIFACTS = tuple(each for each in PROJECTIONS if each.name != "face_clusters")
BY_NAME = pytest.mark.parametrize("each", FROM_ARTIFACTS, ids=lambda each: each.name)


@pytest.fixture(autouse=True)
def written(connection: Connection, repository: ArtifactRepository) -> None:
    """Three artifacts of each projected type of one film."""
    for each in FROM_ARTIFACTS:
        run_id = add_run(connection, STAGE_OF_TYPE[each.artifact_type])
        rows = [envelope(run_id, number, each.artifact_type) for number in range(3)]
        repository.batch_create(connection, rows)


def stored(connection: Connection, each: Projection) -> set[object]:
    return set(connection.execute(select(each.table)).all())


@BY_NAME
def test_what_was_written_equals_a_fresh_derivation(
    connection: Connection, each: Projection
) -> None:
    before = stored(connection, each)
    assert len(before) == 3
    assert verify(connection, each, [FILM]) == 0
    assert rebuild(connection, each, [FILM]) == 3
    assert stored(connection, each) == before


@BY_NAME
def test_a_tampered_row_is_found_and_mended(connection: Connection, each: Projection) -> None:
    before = stored(connection, each)
    connection.execute(
        update(each.table).where(each.table.c.start_ms == 1000).values(start_ms=1001)
    )
    assert verify(connection, each, [FILM]) == 2  # the wrong row, and the right one
    assert stored(connection, each) != before, "verifying must change nothing"
    rebuild(connection, each, [FILM])
    assert verify(connection, each, [FILM]) == 0
    assert stored(connection, each) == before


@BY_NAME
def test_a_missing_row_is_found(connection: Connection, each: Projection) -> None:
    connection.execute(delete(each.table).where(each.table.c.start_ms == 0))
    assert verify(connection, each, [FILM]) == 1


def test_only_the_films_asked_for_are_rebuilt(
    connection: Connection, repository: ArtifactRepository
) -> None:
    add_film(connection, "other")
    theirs = add_run(connection, "scenes", asset_id="other")
    repository.batch_create(connection, [envelope(theirs, 0, SCENE, asset_id="other")])
    connection.execute(update(scene_ranges).values(scene_index=99))
    each = projection("scene_ranges")
    assert rebuild(connection, each, [FILM]) == 3
    assert verify(connection, each, [FILM]) == 0
    assert verify(connection, each, ["other"]) == 2


def test_words_are_indexed_in_the_segments_own_language(
    connection: Connection, repository: ArtifactRepository
) -> None:
    connection.execute(delete(transcript_fts))
    run_id = add_run(connection)
    spoken = {"en": "she was running", "de": "sie sind gelaufen", "und": "she was running"}
    rows = [
        envelope(run_id, number, payload={**segment_payload(text), "language": language})
        for number, (language, text) in enumerate(spoken.items())
    ]
    repository.batch_create(connection, rows)
    query = select(transcript_fts.c.language, transcript_fts.c.text_tsv)
    found = dict(map(tuple, connection.execute(query.where(transcript_fts.c.run_id == run_id))))
    assert found == {
        "english": "'run':3",
        "german": "'gelauf':3",
        "simple": "'running':3 'she':1 'was':2",
    }


@pytest.mark.parametrize(("language", "config"), [("de", "german"), (None, "simple")])
def test_what_is_written_on_screen_is_indexed_in_its_language_where_that_is_known(
    connection: Connection, repository: ArtifactRepository, language: str | None, config: str
) -> None:
    connection.execute(delete(ocr_fts))
    written = ocr_payload("die Hunde", language)
    repository.batch_create(
        connection, [envelope(add_run(connection, "ocr"), 0, ArtifactType.OCR_TEXT, written)]
    )
    row = connection.execute(select(ocr_fts.c.language, ocr_fts.c.text_tsv)).one()
    assert row.language == config
    assert ("'hund'" in row.text_tsv) == (config == "german")


def test_a_place_is_known_only_where_both_coordinates_are(
    connection: Connection, repository: ArtifactRepository
) -> None:
    connection.execute(delete(video_locations))
    run_id = add_run(connection, "source_video")
    taken = [
        metadata_payload(),
        metadata_payload(altitude=None),
        metadata_payload(latitude=0.0, longitude=0.0),
        metadata_payload(latitude=None),
        metadata_payload(longitude=None),
        metadata_payload(latitude=None, longitude=None, altitude=None),
    ]
    kind = ArtifactType.VIDEO_METADATA
    repository.batch_create(
        connection,
        [envelope(run_id, number, kind, payload) for number, payload in enumerate(taken)],
    )
    table = video_locations
    query = select(table.c.latitude, table.c.longitude, table.c.altitude).order_by(table.c.start_ms)
    assert connection.execute(query).all() == [
        (45.9763, 7.6586, 4478.0),
        (45.9763, 7.6586, None),
        (0.0, 0.0, 4478.0),
    ]


LABELS = st.lists(
    st.tuples(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
        st.floats(0, 1),
    ),
    max_size=6,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(labels=LABELS)
def test_labels_and_confidences_stand_as_the_artifacts_have_them(
    film_engine: Engine, repository: ArtifactRepository, labels: list[tuple[str, float]]
) -> None:
    kinds = {
        object_labels: (ArtifactType.OBJECT_DETECTION, object_payload),
        place_labels: (ArtifactType.PLACE_CLASSIFICATION, place_payload),
    }
    for table, (kind, made) in kinds.items():
        with film_engine.connect() as connection:
            connection.execute(delete(table))
            run_id = add_run(connection, STAGE_OF_TYPE[kind])
            payloads = [made() | {"label": name, "confidence": sure} for name, sure in labels]
            rows = [envelope(run_id, number, kind, each) for number, each in enumerate(payloads)]
            repository.batch_create(connection, rows)
            query = select(table.c.label, table.c.confidence).order_by(table.c.start_ms)
            found = [tuple(row) for row in connection.execute(query)]
            differing = verify(connection, projection(table.name), [FILM])
            connection.rollback()
        assert found == labels
        assert differing == 0


@BY_NAME
def test_the_rows_of_a_run_that_was_not_completed_are_not_rebuilt(
    connection: Connection, repository: ArtifactRepository, each: Projection
) -> None:
    stage = STAGE_OF_TYPE[each.artifact_type]
    failed = add_run(connection, stage, status="failed")
    repository.batch_create(connection, [envelope(failed, 7, each.artifact_type)])
    assert verify(connection, each, [FILM]) == 1
    assert rebuild(connection, each, [FILM]) == 3
