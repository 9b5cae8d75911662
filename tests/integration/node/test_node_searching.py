"""Contract: pages, order, several indexes, aggregations, snippets and limits of a search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import httpx
import pytest

from tests.integration.node.node_process import IndexClient

MakeIndex = Callable[[], IndexClient]
FilmsOf = Callable[[int], IndexClient]


def films(count: int, library: str = "l", first: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "doc_id": f"{library}{number}",
            "rev": number,
            "place": (number * 7) % 10,
            "weight": number / 2,
            "is_good": number % 2 == 0,
            "library": library,
            "tags": ["all", f"t{number % 3}"],
            "text": "dog " * (number % 50 + 1),
        }
        for number in range(first, first + count)
    ]


@pytest.fixture(scope="module")
def films_of(make_index: MakeIndex) -> FilmsOf:
    """An index of so many films, one for all tests that only read it."""

    @cache
    def filled(count: int) -> IndexClient:
        index = make_index()
        index.ingest(films(count))
        return index

    return filled


@pytest.fixture(scope="module")
def three(films_of: FilmsOf) -> IndexClient:
    return films_of(3)


@pytest.fixture(scope="module")
def halves(http: httpx.Client, make_index: MakeIndex) -> IndexClient:
    """Twelve films over two indexes, asked as one."""
    left, right = make_index(), make_index()
    left.ingest(films(12)[::2])
    right.ingest(films(12)[1::2])
    return both(http, [left, right])


def both(http: httpx.Client, indexes: Sequence[IndexClient]) -> IndexClient:
    return IndexClient(http, ",".join(index.index_id for index in indexes))


def test_the_newest_come_first(three: IndexClient) -> None:
    assert three.ids("dog") == ["l2", "l1", "l0"]


def test_pages_do_not_overlap(films_of: FilmsOf) -> None:
    index = films_of(10)
    pages = [index.ids("dog", max_hits=4, start_offset=start, sort_by="rev") for start in (0, 4, 8)]
    assert [len(page) for page in pages] == [4, 4, 2]
    assert [*pages[0], *pages[1], *pages[2]] == [f"l{number}" for number in reversed(range(10))]


def test_no_hits_are_wanted_but_all_are_counted(three: IndexClient) -> None:
    answer = three.search("dog", max_hits=0)
    assert (answer["num_hits"], answer["hits"], answer["errors"]) == (3, [], [])
    assert answer["elapsed_time_micros"] >= 0


def test_a_sign_turns_the_order_round(three: IndexClient) -> None:
    falling = ["l2", "l1", "l0"]
    assert three.ids("dog", sort_by="rev") == falling
    assert three.ids("dog", sort_by="+rev") == falling
    assert three.ids("dog", sort_by="-rev") == falling[::-1]
    assert three.ids("dog", sort_by="-weight") == falling[::-1]


def test_a_second_key_orders_what_is_equal(films_of: FilmsOf) -> None:
    index = films_of(12)
    even, odd = [f"l{n}" for n in range(0, 12, 2)], [f"l{n}" for n in range(11, 0, -2)]
    assert index.ids("dog", sort_by="is_good,-rev", max_hits=7) == [*even, "l1"]
    assert index.ids("dog", sort_by="-is_good,rev", max_hits=2) == odd[:2]


def test_documents_without_a_value_come_last(index: IndexClient) -> None:
    index.ingest([{"doc_id": "none", "text": "dog"}, *films(2)])
    assert index.ids("dog", sort_by="rev") == ["l1", "l0", "none"]
    assert index.ids("dog", sort_by="-rev") == ["l0", "l1", "none"]
    assert index.search("dog", sort_by="rev", max_hits=1)["num_hits"] == 3


def test_the_best_come_first_by_score(index: IndexClient) -> None:
    index.ingest(
        [
            {"doc_id": "little", "words": "dog " + "filling " * 50},
            {"doc_id": "much", "words": "dog dog dog"},
        ]
    )
    assert index.ids("words:dog", sort_by="_score") == ["much", "little"]


@pytest.mark.parametrize("key", ["text", "unheard_of", "doc_id", "rev,place,weight", "--rev"])
def test_what_cannot_be_sorted_by_is_400(three: IndexClient, key: str) -> None:
    assert three.ask("dog", sort_by=key).status_code == 400


@pytest.mark.parametrize("sort_by", ["rev", "-rev", "place,rev", "-weight", "_score"])
def test_several_indexes_are_searched_as_one(
    films_of: FilmsOf, halves: IndexClient, sort_by: str
) -> None:
    keys = {"sort_by": sort_by, "max_hits": 5, "start_offset": 2}
    assert halves.search("dog")["num_hits"] == 12
    if sort_by == "_score":  # each index weighs its words by itself
        assert len(halves.ids("dog", **keys)) == 5
    else:
        assert halves.ids("dog", **keys) == films_of(12).ids("dog", **keys)


def test_the_newest_of_several_indexes_come_first(
    http: httpx.Client, make_index: MakeIndex
) -> None:
    left, right = make_index(), make_index()
    left.ingest(films(1, "a"))
    right.ingest(films(1, "b"))
    left.ingest(films(1, "c"))
    assert both(http, [left, right]).ids("dog")[0] == "c0"


def test_a_missing_index_of_several_is_404(http: httpx.Client, three: IndexClient) -> None:
    joined = IndexClient(http, f"{three.index_id},contract-nowhere")
    assert joined.ask("dog", search_field="text").status_code == 404


def test_aggregations_count_what_matches(films_of: FilmsOf) -> None:
    asked = {
        "libraries": {"terms": {"field": "library"}},
        "tags": {"terms": {"field": "tags", "size": 2}},
        "good": {"terms": {"field": "is_good"}},
        "most": {"max": {"field": "rev"}},
        "least": {"min": {"field": "place"}},
        "sizes": {"range": {"field": "rev", "ranges": [{"to": 3}, {"from": 3}]}},
        "all": {"stats": {"field": "rev"}},
    }
    answer = films_of(10).search("dog AND rev:[0 TO 8]", max_hits=0, aggs=asked)
    found = answer["aggregations"]
    assert answer["num_hits"] == 9
    assert [(b["key"], b["doc_count"]) for b in found["libraries"]["buckets"]] == [("l", 9)]
    assert found["tags"]["buckets"][0] == {"key": "all", "doc_count": 9}
    assert len(found["tags"]["buckets"]) == 2
    assert found["tags"]["sum_other_doc_count"] == 6
    assert {b["key"]: b["doc_count"] for b in found["good"]["buckets"]} == {1: 5, 0: 4}
    assert (found["most"]["value"], found["least"]["value"]) == (8, 0)
    assert [b["doc_count"] for b in found["sizes"]["buckets"]] == [3, 6]
    assert (found["all"]["count"], found["all"]["sum"]) == (9, 36)


def test_aggregations_of_several_indexes_are_added_up(
    http: httpx.Client, make_index: MakeIndex
) -> None:
    one, left, right = make_index(), make_index(), make_index()
    documents = films(20) + films(7, "m", 100)
    one.ingest(documents)
    left.ingest(documents[:15])
    right.ingest(documents[15:])
    asked = {
        "tags": {"terms": {"field": "tags", "size": 3}},
        "revs": {"terms": {"field": "rev", "size": 5, "order": {"_key": "asc"}}},
        "most": {"max": {"field": "rev"}},
        "mean": {"avg": {"field": "weight"}},
        "all": {"stats": {"field": "place"}},
        "count": {"value_count": {"field": "rev"}},
        "sizes": {"range": {"field": "rev", "ranges": [{"to": 10}, {"from": 10}]}},
        "by_library": {
            "terms": {"field": "library"},
            "aggs": {"most": {"max": {"field": "rev"}}},
        },
    }
    whole = one.search("dog", max_hits=0, aggs=asked)
    parts = both(http, [left, right]).search("dog", max_hits=0, aggs=asked)
    assert parts["num_hits"] == whole["num_hits"] == 27
    assert parts["aggregations"] == whole["aggregations"]


def test_aggregations_of_nothing_are_empty(index: IndexClient) -> None:
    asked = {"tags": {"terms": {"field": "tags"}}, "most": {"max": {"field": "rev"}}}
    answer = index.search("dog", aggs=asked)
    assert answer["aggregations"]["tags"]["buckets"] == []
    assert answer["aggregations"]["most"]["value"] is None


def test_an_aggregation_needs_a_fast_field(three: IndexClient) -> None:
    assert three.ask("dog", aggs={"x": {"terms": {"field": "text"}}}).status_code == 400
    assert three.ask("dog", aggs={"x": {"terms": {"field": "nothing"}}}).status_code == 400


def test_snippets_stand_beside_their_hits(index: IndexClient) -> None:
    index.ingest([{"doc_id": "a", "text": "a <big> dog runs"}, {"doc_id": "b", "words": "dog"}])
    answer = index.search("text:dog OR words:dog", snippet_fields="text", sort_by="_score")
    snippets = {
        hit["doc_id"]: snippet
        for hit, snippet in zip(answer["hits"], answer["snippets"], strict=True)
    }
    assert "<b>dog</b>" in snippets["a"]["text"][0]
    assert "&lt;big&gt;" in snippets["a"]["text"][0]
    assert not snippets["b"].get("text")


def test_a_search_by_address_is_the_same(three: IndexClient) -> None:
    path = f"/api/v1/{three.index_id}/search"
    keys = {"query": "dog", "max_hits": "1", "start_offset": "1", "sort_by": "rev"}
    answer = three.http.get(path, params=keys)
    assert answer.json()["hits"][0]["doc_id"] == "l1"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": 5},
        {"query": "dog", "unheard_of": 1},
        {"query": "dog", "max_hits": 10_001},
        {"query": "dog", "start_offset": 10_001},
        {"query": "dog", "max_hits": -1},
        {"query": "dog", "max_hits": "many"},
        {"query": "dog", "snippet_fields": "unheard_of"},
        {"query": "dog", "search_field": "unheard_of"},
    ],
)
def test_a_search_that_makes_no_sense_is_400(three: IndexClient, body: dict[str, Any]) -> None:
    answer = three.http.post(f"/api/v1/{three.index_id}/search", json=body)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_the_greatest_page_is_served(three: IndexClient) -> None:
    assert three.search("dog", max_hits=10_000, start_offset=10_000)["num_hits"] == 3


def test_a_body_over_a_megabyte_is_413(three: IndexClient) -> None:
    assert three.ask("a" * (1024 * 1024)).status_code == 413


@pytest.mark.parametrize("sort_by", ["_score", "rev", "-place,rev", None])
@pytest.mark.parametrize("count", [12, 900])
def test_a_long_set_takes_away_the_same_however_it_is_done(
    films_of: FilmsOf, sort_by: str | None, count: int
) -> None:
    index = films_of(count)
    away = [number for number in range(2000) if number % 5]
    numbers = " ".join(map(str, away))
    keys = {"sort_by": sort_by} if sort_by else {}
    aggs = {"tags": {"terms": {"field": "tags"}}}
    plain = index.search(f"dog AND rev:IN [{' '.join(map(str, range(0, count, 5)))}]", **keys)
    for start in (0, 2):
        for more in ({}, {"aggs": aggs}):
            taken = index.search(
                f"dog AND -rev:IN [{numbers}]", start_offset=start, max_hits=5, **keys, **more
            )
            assert taken["num_hits"] == plain["num_hits"] == (count + 4) // 5
            if sort_by != "_score":  # a set that is asked for takes part in the score
                assert taken["hits"] == plain["hits"][start : start + 5]
    assert taken["aggregations"]["tags"]["buckets"][0]["doc_count"] == (count + 4) // 5
