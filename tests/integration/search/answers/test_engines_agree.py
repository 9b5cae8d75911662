"""Quickwit and Postgres answer alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rushes.search.quickwit.client import QuickwitClient
from rushes.search.request import FACETS, Filters, SearchAnswer, SearchSource, Sort, Span
from tests.integration.search.answers.search_world import QUERIES, World, answered

_FILTERS = (
    Filters(libraries=("there",)),
    Filters(languages=("de",), is_favorite=False),
    Filters(people=("Ann Lee",)),
    Filters(objects=("dog", "cat"), has_text=True),
    Filters(scene_duration_ms=Span(2000), playable=True),
    Filters(places=("beach",), film_duration_ms=Span(None, 6000)),
)


def _both(world: World, client: QuickwitClient, **asked: Any) -> tuple[SearchAnswer, SearchAnswer]:
    by_engine = answered(world, client, **asked)
    assert by_engine.search_source is SearchSource.QUICKWIT
    by_postgres = answered(world, **asked)
    assert by_postgres.search_source is SearchSource.POSTGRES
    return by_engine, by_postgres


def _same(world: World, client: QuickwitClient, **asked: Any) -> None:
    by_engine, by_postgres = _both(world, client, facets=FACETS, **asked)
    assert by_engine.total == by_postgres.total
    assert by_engine.matched is by_postgres.matched
    assert by_engine.facets == by_postgres.facets
    hits = {hit.doc_id: hit for hit in by_postgres.hits}
    assert {hit.doc_id: hit for hit in by_engine.hits} == hits
    assert not by_engine.missing


@pytest.mark.parametrize("text", QUERIES)
def test_on_words_phrases_quotes_and_negations(
    indexed_world: World, client: QuickwitClient, text: str
) -> None:
    _same(indexed_world, client, text=text)


@pytest.mark.parametrize("filters", _FILTERS)
@pytest.mark.parametrize("text", ["", "dog", "-beach"])
def test_within_filters(
    indexed_world: World, client: QuickwitClient, text: str, filters: Filters
) -> None:
    _same(indexed_world, client, text=text, filters=filters)


@pytest.mark.parametrize("sort", [Sort.OLDEST, Sort.NEWEST])
def test_in_the_order_of_time(indexed_world: World, client: QuickwitClient, sort: Sort) -> None:
    by_engine, by_postgres = _both(indexed_world, client, text="dog", sort=sort)
    dated = [
        [(hit.capture_time, hit.scene_start_ms) for hit in answer.hits]
        for answer in (by_engine, by_postgres)
    ]
    assert dated[0] == dated[1]
    assert len({hit.library for hit in by_engine.hits}) == 2


def test_pages_of_the_engine_follow_one_another(
    indexed_world: World, client: QuickwitClient
) -> None:
    whole = answered(indexed_world, client, text="dog")
    pages = [
        answered(indexed_world, client, text="dog", limit=7, offset=offset).hits
        for offset in range(0, whole.total + 7, 7)
    ]
    assert [hit for page in pages for hit in page] == whole.hits
    assert replace(whole, hits=[]).total > 7
