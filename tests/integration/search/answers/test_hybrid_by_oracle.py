"""Hybrid search finds what comparing every text finds, whichever engine knows the words."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine, make_url, text

from rushes.db.engine import make_engine
from rushes.db.reading import reading
from rushes.search.asking import ask
from rushes.search.facets import recount
from rushes.search.generations.index_generations import NAME_PREFIX
from rushes.search.hybrid.conditions import conditions
from rushes.search.hybrid.question_words import question_words
from rushes.search.query.matching import DocumentView, matches
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.request import FACETS, Filters, SearchRequest, SearchSource, Sort, Span
from rushes.search.snapshot import SnapshotReader
from rushes.search.sync.draining import DrainLimits, drain
from tests.integration.indexed_films import indexed_films
from tests.integration.search.answers.conftest import add_index
from tests.integration.search.answers.meaning_making import (
    CUT_OFF,
    TEXT,
    Meaning,
    ToyVectors,
    Window,
    cosine,
    embed_texts,
    windows_of,
)
from tests.integration.search.answers.search_world import World, make_world

_QUESTIONS = (
    *("puppy", "puppy -garden", "kitten shore", '"the puppy"', "yard OR kitten", "puppy NOT cat"),
    *("seaside said:hound -strand", "puppy place:beach", "puppy language:de", "dog garden"),
)
_FILTERS = (
    Filters(),
    Filters(people=("Ann Lee",)),
    Filters(objects=("dog",), has_text=True),
    Filters(has_face=False, has_speech=True),
    Filters(libraries=("there",), places=("beach",)),
    Filters(is_favorite=True, scene_duration_ms=Span(2000)),
    Filters(languages=("de",), playable=True),
)


@dataclass(frozen=True)
class Meaningful:
    """The world, what of it is embedded, and a search that knows the engine or does not."""

    world: World
    windows: dict[str, list[Window]]
    by: dict[SearchSource, Meaning]


@pytest.fixture(scope="module")
def meaningful(
    administration: Engine, server_url: str, template_database: str, client: QuickwitClient
) -> Iterator[Meaningful]:
    name = f"meant_{secrets.token_hex(6)}"
    with administration.connect() as connection:
        connection.execute(text(f'create database "{name}" template "{template_database}"'))
    engine = make_engine(make_url(server_url).set(database=name).render_as_string(False))
    with indexed_films(engine) as films:
        world = make_world(films, count=8, seed=2)
        windows: dict[str, list[Window]] = {}
        for asset_id in world.asset_ids:
            own = [each for each in world.documents if each.asset_id == asset_id]
            # What lies between scenes lies in none; a window of all of it would lie in some.
            in_scenes = [each for each in own if each.scene_id] or own
            windows |= {each.doc_id: windows_of([each]) for each in in_scenes}
            embed_texts(films, asset_id, [w for each in in_scenes for w in windows[each.doc_id]])
        add_index(engine, client, f"{NAME_PREFIX}meant-1", ["here", "there"])
        for _ in drain(engine, client, DrainLimits()):
            pass
        by = {
            SearchSource.QUICKWIT: Meaning(engine, client, vectors=ToyVectors(TEXT)),
            SearchSource.POSTGRES: Meaning(engine, vectors=ToyVectors(TEXT)),
        }
        yield Meaningful(world, windows, by)
    engine.dispose()
    with administration.connect() as connection:
        connection.execute(text(f'drop database "{name}" with (force)'))


def _expected(meaningful: Meaningful, text: str, filters: Filters) -> dict[str, set[str]]:
    """Of each document that is to be found, by what."""
    request = SearchRequest(text, filters=filters, loosen=False)
    with reading(meaningful.world.engine) as connection:
        ((_, question),) = ask(connection, request, SnapshotReader()).questions
    words = question_words(text, request.scope)
    assert words is not None
    found: dict[str, set[str]] = {}
    for document in meaningful.world.documents:
        view = DocumentView.of(document)
        by = {"text"} if matches(question.node, view) else set()
        may = matches(conditions(question.wanted), view) and matches(question.allowed, view)
        windows = meaningful.windows.get(document.doc_id, ())
        sources = words.sources
        near = [w for w in windows if sources is None or w.source in sources]
        if may and any(cosine(words.text, each.text) >= CUT_OFF for each in near):
            by.add("meaning")
        if by:
            found[document.doc_id] = by
    return found


@pytest.mark.parametrize("source", [SearchSource.POSTGRES, SearchSource.QUICKWIT])
@pytest.mark.parametrize("text", _QUESTIONS)
def test_words_and_meaning_within_any_filter(
    meaningful: Meaningful, text: str, source: SearchSource
) -> None:
    # Of what the engine finds the filters are another's tests.
    for filters in _FILTERS if source is SearchSource.POSTGRES else _FILTERS[:3]:
        expected = _expected(meaningful, text, filters)
        answer = meaningful.by[source].search(text, filters=filters, facets=FACETS)
        assert (answer.search_source, answer.missing) == (source, [])
        found = {hit.doc_id: {each.by.value for each in hit.reasons} for hit in answer.hits}
        assert found == expected, filters
        assert len(answer.hits) == answer.total == len(expected)
        assert not answer.is_approximate
        documents = [d for d in meaningful.world.documents if d.doc_id in expected]
        counted = {
            facet: [(value.value, value.count) for value in values]
            for facet, values in answer.facets.items()
        }
        assert counted == recount(documents, FACETS), filters


@pytest.mark.parametrize("source", [SearchSource.POSTGRES, SearchSource.QUICKWIT])
@pytest.mark.parametrize("sort", [Sort.RELEVANCE, Sort.OLDEST, Sort.NEWEST])
def test_pages_follow_one_another(meaningful: Meaningful, source: SearchSource, sort: Sort) -> None:
    def page(**asked: Any) -> list[str]:
        answer = meaningful.by[source].search("hound garden OR cat", sort=sort, **asked)
        return [hit.doc_id for hit in answer.hits]

    whole = page()
    paged = [doc_id for at in range(0, len(whole) + 3, 3) for doc_id in page(limit=3, offset=at)]
    assert Counter(paged) == Counter(whole)
    assert len(whole) > 9
    if sort is not Sort.RELEVANCE:
        assert paged == whole
        place = {each.doc_id: each.fields["timeline"] for each in meaningful.world.documents}
        times = [place[doc_id] for doc_id in whole]
        assert times == sorted(times, reverse=sort is Sort.NEWEST)
