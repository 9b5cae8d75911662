"""No text breaks a search, crosses a filter, or is understood otherwise by the other engine."""

from __future__ import annotations

import random

import pytest

from rushes.errors import InvalidRequestError
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.request import Filters, SearchSource
from tests.integration.search.answers.search_world import World, answered

_COUNT, _DEEP_COUNT = 30, 5000
_PIECES = (
    *("dog", "garden", "it's", "RE16", "映画", "ß", "the", "*", "gard*", "d?g", "OR", "AND", "NOT"),
    *('"', "'", "\\", "(", ")", "[", "]", "{", "}", "-", "--", "+", ":", "~2", "^2", "<=", "%"),
    *(
        " ",
        "\t",
        "\n",
        "\0",
        "\ud800",
        "\u202e",
        "🎬",
        "said:",
        "library:there",
        "rev:5",
        "TO",
        "IN",
    ),
    *("* OR library_slug:there", "x) OR (*", "-1", "1e400", "9" * 30, "é" * 120, "&&", "||", "/a/"),
)


def _texts(count: int) -> list[str]:
    drawn = random.Random(7)
    return ["".join(drawn.choices(_PIECES, k=drawn.randint(1, 9))) for _ in range(count)]


def _check(world: World, client: QuickwitClient, text: str) -> None:
    asked = {"text": text, "filters": Filters(libraries=("here",)), "loosen": False}
    try:
        by_engine = answered(world, client, **asked)
    except InvalidRequestError:
        return
    by_postgres = answered(world, **asked)
    assert by_engine.search_source is SearchSource.QUICKWIT, text
    assert {hit.library for hit in by_engine.hits} <= {"here"}, text
    found = [{hit.doc_id for hit in answer.hits} for answer in (by_engine, by_postgres)]
    assert found[0] == found[1], text


def test_texts_are_safe(indexed_world: World, client: QuickwitClient) -> None:
    for text in _texts(_COUNT):
        _check(indexed_world, client, text)


@pytest.mark.deep
def test_many_texts_are_safe(indexed_world: World, client: QuickwitClient) -> None:
    for text in _texts(_DEEP_COUNT):
        _check(indexed_world, client, text)
