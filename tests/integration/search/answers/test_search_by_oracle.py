"""Postgres answers what looking at every document answers."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rushes.db.reading import reading
from rushes.search.asking import ask
from rushes.search.facets import FIELD_OF_FACET
from rushes.search.request import FACETS, Filters, SearchRequest, Sort, Span
from rushes.search.snapshot import SnapshotReader
from tests.integration.search.answers.search_world import QUERIES, World, answered

_FILTERS: dict[str, Any] = {
    "libraries": st.sampled_from([("here",), ("there",), ("here", "there")]),
    "asset_ids": st.sampled_from([("v0001",), ("v0000", "v0002")]),
    "languages": st.sampled_from([("de",), ("en", "und")]),
    "objects": st.sampled_from([("dog",), ("cat", "dog"), ("cat",)]),
    "places": st.just(("beach",)),
    "people": st.sampled_from([("ann lee",), ("bob",), ("nobody",)]),
    "profiles": st.sampled_from([("balanced",), ("fast",)]),
    "producers": st.just(("test",)),
    **{
        name: st.booleans()
        for name in ("has_speech", "has_text", "has_face", "is_favorite", "playable", "searchable")
    },
    "captured_from": st.just(datetime(2024, 5, 4, tzinfo=UTC)),
    "captured_to": st.just(datetime(2024, 5, 6, 12, tzinfo=UTC)),
    "scene_duration_ms": st.sampled_from([Span(2000, 2000), Span(None, 1500)]),
    "film_duration_ms": st.sampled_from([Span(7000), Span(None, 6000)]),
    "width": st.just(Span(1)),
}
_SOME_FILTERS = st.lists(st.sampled_from(sorted(_FILTERS)), max_size=2, unique=True).flatmap(
    lambda names: st.builds(Filters, **{name: _FILTERS[name] for name in names})
)
_TEXTS = st.one_of(
    st.just(""),
    st.sampled_from(QUERIES),
    st.lists(st.sampled_from(QUERIES), min_size=2, max_size=3).map(" ".join),
    st.lists(st.sampled_from(QUERIES), min_size=2, max_size=2).map(" OR ".join),
)


def _check(world: World, text: str, **asked: Any) -> None:
    request = SearchRequest(text=text, limit=1000, loosen=False, **asked)
    with reading(world.engine) as connection:
        ((_, question),) = ask(connection, request, SnapshotReader()).questions
    wanted = world.oracle(question)
    answer = answered(world, text=text, loosen=False, facets=FACETS, **asked)
    assert Counter(hit.doc_id for hit in answer.hits) == Counter(list(wanted))
    assert (answer.total, answer.is_approximate) == (len(wanted), False)
    for facet, values in answer.facets.items():
        recount: Counter[str] = Counter()
        for document in wanted.values():
            found = document.fields.get(FIELD_OF_FACET[facet])
            each = found if isinstance(found, list) else [found]
            recount.update(
                str(value).lower() if isinstance(value, bool) else value
                for value in each
                if value is not None
            )
        assert {value.value: value.count for value in values} == dict(recount), facet


@pytest.mark.parametrize("text", QUERIES)
def test_a_query_finds_what_looking_at_everything_finds(world: World, text: str) -> None:
    _check(world, text)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=_TEXTS, filters=_SOME_FILTERS)
def test_so_does_any_query_with_any_filters(world: World, text: str, filters: Filters) -> None:
    _check(world, text, filters=filters)


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("text", ["", "dog", "-dog"])
def test_pages_follow_one_another(world: World, text: str, sort: Sort) -> None:
    whole = answered(world, text=text, sort=sort)
    pages = [
        answered(world, text=text, sort=sort, limit=7, offset=offset)
        for offset in range(0, whole.total + 7, 7)
    ]
    paged = [hit.doc_id for page in pages for hit in page.hits]
    assert paged == [hit.doc_id for hit in whole.hits]
    assert len(set(paged)) == whole.total > 7
    assert {page.total for page in pages} == {whole.total}
