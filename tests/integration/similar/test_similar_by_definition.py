"""Every answer is what comparing all vectors one by one gives, whatever the filters."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, make_url, text

from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import ModelProfile
from rushes.db.engine import make_engine
from rushes.similar.fusion import FUSION_DEPTH
from rushes.similar.request import (
    FUSION_RANK,
    Acquaintance,
    Collapse,
    SimilarAnswer,
    SimilarFilters,
    SimilarRequest,
)
from rushes.similar.service import SimilarService
from rushes.vectors.space import EmbeddingSpace
from tests.integration.indexed_films import IndexedFilms, indexed_films
from tests.integration.similar.similar_world import (
    FACES,
    FIRST_DAY,
    PICTURES,
    SPACES,
    TEXTS,
    Known,
    ToyQuestions,
    Vector,
    World,
    make_world,
    toy_service,
    unit,
)

Ask = Callable[..., SimilarAnswer]
Found = list[tuple[str, int, int]]
"""Embedding id, rank in its space, further moments of the scene."""
_DAYS = st.integers(-1, 6).map(lambda day: FIRST_DAY + timedelta(days=day))


@st.composite
def filters(draw: st.DrawFn) -> SimilarFilters:
    """Few at once, so that something is left."""
    some: dict[str, st.SearchStrategy[Any]] = {
        "libraries": st.lists(st.sampled_from("abc"), min_size=1, max_size=2).map(tuple),
        "asset_ids": st.lists(
            st.integers(0, 5).map(lambda film: f"v{film:04}"), min_size=1, max_size=4
        ).map(tuple),
        "captured_from": _DAYS,
        "captured_to": _DAYS,
        "start_ms": st.integers(0, 9_000),
        "end_ms": st.integers(9_001, 20_000),
        "profiles": st.sampled_from([("fast",), ("balanced",), ("fast", "balanced")]),
        "sources": st.sampled_from([("ocr",), ("transcript",)]),
        "is_favorite": st.booleans(),
        "playable": st.booleans(),
        "people": st.sampled_from(Acquaintance),
    }
    chosen = draw(st.lists(st.sampled_from(sorted(some)), unique=True, max_size=3))
    values = {name: draw(some[name]) for name in chosen}
    if values.get("captured_from", FIRST_DAY) > values.get(
        "captured_to", values.get("captured_from", FIRST_DAY)
    ):
        del values["captured_to"]
    return SimilarFilters(**values)


def lets_through(asked: SimilarFilters, known: Known) -> bool:
    """The filters as they are described."""
    is_face, named = known.space == FACES, known.name is not None
    return all(
        (
            not asked.libraries or known.library in asked.libraries,
            not asked.asset_ids or known.asset_id in asked.asset_ids,
            asked.captured_from is None
            or (known.captured is not None and known.captured >= asked.captured_from),
            asked.captured_to is None
            or (known.captured is not None and known.captured <= asked.captured_to),
            asked.start_ms is None or known.end_ms > asked.start_ms,
            asked.end_ms is None or known.start_ms < asked.end_ms,
            not asked.profiles or known.profile in asked.profiles,
            not asked.sources or known.source in asked.sources,
            asked.is_favorite is None or known.is_favorite == asked.is_favorite,
            asked.playable is None or known.playable == asked.playable,
            asked.people is Acquaintance.ANY
            or (is_face and named == (asked.people is Acquaintance.NAMED)),
        )
    )


def groups(known: Sequence[Known], vector: Vector, cut: float, collapse: Collapse) -> list[Any]:
    """Of one space: (key, the best, its score, how many), the best first."""
    scored = [(float(each.vector @ vector), each) for each in known]
    above = sorted(
        (pair for pair in scored if pair[0] >= cut),
        key=lambda pair: (-round(pair[0], 6), pair[1].embedding_id),
    )
    found: dict[Any, list[tuple[float, Known]]] = {}
    for score, each in above:
        key = (each.asset_id, each.scene) if collapse is Collapse.SCENE else each.embedding_id
        found.setdefault(key, []).append((score, each))
    return [(key, *reversed(all_[0]), len(all_)) for key, all_ in found.items()]


def by_definition(spaces: Sequence[list[Any]]) -> Found:
    """Reciprocal rank fusion over whole lists."""
    places: dict[Any, list[tuple[int, float, str, int]]] = {}
    for found in spaces:
        assert len(found) <= FUSION_DEPTH or len(spaces) == 1
        for rank, (key, best, score, count) in enumerate(found, 1):
            places.setdefault(key, []).append((rank, -score, best.embedding_id, count))
    ordered = []
    for each in places.values():
        rank, negative, id_, _ = min(each)
        total = sum(1 / (FUSION_RANK + place[0]) for place in each)
        count = sum(place[3] for place in each)
        ordered.append((-round(total, 12), negative, id_, rank, count - 1))
    return [(id_, rank, others) for _, _, id_, rank, others in sorted(ordered)]


@pytest.fixture(scope="module")
def films(
    administration: Engine, server_url: str, template_database: str
) -> Iterator[IndexedFilms]:
    """One database for all these tests, which only read it."""
    name = f"similar_{secrets.token_hex(6)}"
    with administration.connect() as connection:
        connection.execute(text(f'create database "{name}" template "{template_database}"'))
    engine = make_engine(make_url(server_url).set(database=name).render_as_string(False))
    with indexed_films(engine) as films:
        yield films
    engine.dispose()
    with administration.connect() as connection:
        connection.execute(text(f'drop database "{name}" with (force)'))


@pytest.fixture(scope="module")
def world(films: IndexedFilms) -> World:
    return make_world(films)


@pytest.fixture
def questions() -> ToyQuestions:
    return ToyQuestions()


@pytest.fixture
def service(films: IndexedFilms, questions: ToyQuestions) -> SimilarService:
    return toy_service(films.engine, questions)


def able(asked: SimilarFilters, space: EmbeddingSpace) -> bool:
    return (not asked.sources or space == TEXTS) and (
        asked.people is Acquaintance.ANY or space == FACES
    )


@st.composite
def requests(draw: st.DrawFn) -> tuple[SimilarRequest, list[tuple[EmbeddingSpace, Vector]]]:
    """A request, and what it is compared with: one space, or texts and pictures."""
    asked = draw(filters())
    spaces = draw(st.sampled_from([(TEXTS,), (PICTURES,), (FACES,), (TEXTS, PICTURES)]))
    if not any(able(asked, space) for space in spaces):
        asked = SimilarFilters()
    number = st.floats(-1, 1, width=16)
    queries = []
    for space in spaces:
        values = draw(st.lists(number, min_size=space.dimension, max_size=space.dimension))
        queries.append((space, unit([*values[1:], values[0] or 0.5])))
    request = SimilarRequest(
        text="whatever",
        filters=asked,
        min_score=draw(st.sampled_from([-1.0, 0.0, 0.3, 0.55, 0.8])),
        collapse=draw(st.sampled_from(Collapse)),
        limit=draw(st.integers(1, 12)),
        offset=draw(st.sampled_from([0, 0, 1, 5, 17])),
    )
    # Whole lists are compared where several are fused, and so they have to be short.
    several = len(spaces) > 1
    return (request if not several else _collapsed(request)), queries


def _collapsed(request: SimilarRequest) -> SimilarRequest:
    return SimilarRequest(
        text=request.text,
        filters=request.filters,
        min_score=request.min_score,
        limit=request.limit,
        offset=request.offset,
    )


def test_answers_are_those_of_comparing_everything(
    world: World, service: SimilarService, questions: ToyQuestions
) -> None:
    @settings(
        max_examples=150,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests())
    def check(asked: tuple[SimilarRequest, list[tuple[EmbeddingSpace, Vector]]]) -> None:
        request, questions.queries = asked
        answer = service.search(request)
        spaces = [
            groups(
                [
                    each
                    for each in world.of(space)
                    if each.answers and lets_through(request.filters, each)
                ],
                vector,
                request.min_score or 0.0,
                request.collapse,
            )
            for space, vector in questions.queries
            if able(request.filters, space)
        ]
        expected = by_definition(spaces)
        if request.collapse is Collapse.NONE:
            expected = [(each, rank, 0) for each, rank, _ in expected]
        until = request.offset + request.limit
        found = [(each.embedding_id, each.rank, each.others) for each in answer.hits]
        assert found == expected[request.offset : until]
        assert answer.has_more == (len(expected) > until)
        assert answer.missing == []

    check()


@pytest.mark.parametrize("collapse", Collapse)
@pytest.mark.parametrize("queried", [(TEXTS,), (TEXTS, PICTURES), SPACES])
def test_pages_cover_everything_exactly_once(
    world: World,
    service: SimilarService,
    questions: ToyQuestions,
    collapse: Collapse,
    queried: tuple[EmbeddingSpace, ...],
) -> None:
    questions.queries = [(space, unit(np.arange(space.dimension) - 1.3)) for space in queried]
    asked = {"text": "whatever", "min_score": 0.1, "collapse": collapse}
    whole = service.search(SimilarRequest(**asked, limit=1000))
    assert not whole.has_more
    assert len(whole.hits) > 15
    paged = []
    for offset in range(0, len(whole.hits), 7):
        page = service.search(SimilarRequest(**asked, limit=7, offset=offset))
        assert page.has_more == (offset + 7 < len(whole.hits))
        paged += page.hits
    assert paged == whole.hits


def test_a_selection_decides_for_one_question_which_runs_answer(
    world: World, service: SimilarService, questions: ToyQuestions
) -> None:
    questions.queries = [(PICTURES, unit(np.ones(PICTURES.dimension)))]
    asked = {"text": "whatever", "min_score": -1.0, "collapse": Collapse.NONE, "limit": 1000}
    older = next(each.run_id for each in world.of(PICTURES) if not each.answers)
    for selection, wanted in (
        (None, {each.run_id for each in world.of(PICTURES) if each.answers}),
        (Selection(SelectionMode.PINNED, pinned_run_id=older), {older}),
        (Selection(SelectionMode.PROFILE, preferred_profile=ModelProfile.HIGH_QUALITY), set()),
    ):
        hits = service.search(SimilarRequest(**asked, selection=selection)).hits
        assert {each.run_id for each in hits} == wanted
    fast = Selection(SelectionMode.PROFILE, preferred_profile=ModelProfile.FAST)
    hits = service.search(SimilarRequest(**asked, selection=fast)).hits
    assert {each.model_profile for each in hits} == {"fast"}
