"""Search and browsing over HTTP: what a hit holds, which filters there are, and who may ask."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import update

from rushes.analysis.protocol import Finding
from rushes.api.answers.search import SearchAnswerModel
from rushes.artifacts.vocabulary import ArtifactType
from rushes.db.tables import asset
from rushes.search.request import FACETS
from tests.integration.api.conftest import MakeClient
from tests.integration.artifacts.artifact_making import object_payload, place_payload
from tests.integration.indexed_films import IndexedFilms, on_screen, scene, segment
from tests.integration.search.answers.search_world import make_world

_LISTS = ("library", "video_id", "language", "object", "place", "person", "profile", "producer")
"""Filters of several values."""


def _found(client: TestClient, path: str = "/v1/search", **params: Any) -> dict[str, Any]:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_hit_is_a_scene_with_the_moment_in_it(client: TestClient, films: IndexedFilms) -> None:
    film = films.said("nothing", "the dogs & cats", in_scenes=True)
    films.said("a dog elsewhere", library="elsewhere")
    answer = _found(client, q="dog", library="films")
    assert (answer["query"], answer["search_source"], answer["matched"]) == (
        *("dog", "postgres", "words"),
    )
    assert (answer["total"], answer["is_approximate"], answer["missing"]) == (1, False, [])
    (hit,) = answer["hits"]
    assert (hit["asset_id"], hit["scene_index"]) == (film, 1)
    assert (hit["scene_start_ms"], hit["scene_end_ms"]) == (1000, 2000)
    assert (hit["start_ms"], hit["end_ms"]) == (1250, 1500)
    assert (hit["library"], hit["library_status"]) == ("films", "online")
    assert hit["capture_time"] is None
    assert _found(client, q="dog", video_id=film)["hits"] == [hit]
    assert _found(client, q="unicorn")["hits"] == []


def test_what_its_best_evidence_says_stands_beside_a_hit_too(
    client: TestClient, films: IndexedFilms
) -> None:
    film = films.said("the dogs & cats", in_scenes=True)
    ((hit,), (browsed,)) = (
        _found(client, q="dog")["hits"],
        _found(client, "/v1/scenes")["hits"],
    )
    (evidence,) = hit["evidence"]
    assert evidence["snippet"] == "the <mark>dogs</mark> &amp; cats"
    assert (evidence["producer"], evidence["model_profile"], evidence["origin"]) == (
        *("test", "balanced", "analysed"),
    )
    flat = {name: hit[name] for name in evidence if name not in ("start_ms", "end_ms")}
    assert flat == {name: evidence[name] for name in flat}
    assert hit["kind"] == hit["source"] == "transcript"
    assert browsed["evidence"] == []
    assert {browsed[name] for name in [*flat, "kind"]} == {None}
    assert (browsed["asset_id"], browsed["start_ms"], browsed["end_ms"]) == (film, 0, 1000)


def test_every_answer_is_as_the_document_says(client: TestClient, films: IndexedFilms) -> None:
    film = films.said("the dogs", "the cats", in_scenes=True)
    with films.engine.begin() as connection:
        dated = datetime(2024, 5, 1, 12, tzinfo=UTC)
        connection.execute(update(asset).where(asset.c.asset_id == film).values(capture_time=dated))
    everything = ",".join(FACETS)
    for answer in (
        client.get("/v1/search", params={"q": "dogs", "facets": everything}),
        client.get("/v1/scenes", params={"facets": everything}),
        client.get("/v1/search", params={"q": "unicorn"}),
    ):
        body = SearchAnswerModel.model_validate_json(answer.content, strict=True, extra="forbid")
        assert json.loads(body.model_dump_json()) == answer.json()


def test_search_tells_what_was_said_from_what_is_written(
    client: TestClient, films: IndexedFilms
) -> None:
    film = films.said("beware of the dog")
    films.run(film, [on_screen("DOG AT LARGE", 5000, 9000)])
    found = {
        source: [
            (hit["source"], hit["kind"], hit["start_ms"], len(hit["evidence"]))
            for hit in _found(client, q="dog", source=source)["hits"]
        ]
        for source in ("transcript", "ocr", "object")
    }
    assert found == {
        "transcript": [("transcript", "transcript", 750, 1)],
        "ocr": [("ocr", "ocr", 5000, 1)],
        "object": [],
    }
    (both,) = _found(client, q="dog")["hits"]
    assert {each["source"] for each in both["evidence"]} == {"transcript", "ocr"}


def test_every_filter_lets_through_what_has_it_and_nothing_else(
    client: TestClient, films: IndexedFilms
) -> None:
    film = films.film(library="here")
    films.run(film, [scene(0, 1000), scene(1000, 3000, 1)])
    films.run(film, [segment("the dog barks", 0, 1000)])
    films.run(film, [on_screen("NO ENTRY", 1000, 3000)])
    films.run(film, [Finding(ArtifactType.OBJECT_DETECTION, 0, 1000, object_payload())])
    films.run(film, [Finding(ArtifactType.PLACE_CLASSIFICATION, 1000, 3000, place_payload())])
    with films.engine.begin() as connection:
        values = {"capture_time": datetime(2024, 5, 1, 12, tzinfo=UTC), "playable": True}
        connection.execute(update(asset).where(asset.c.asset_id == film).values(**values))
    label = object_payload()["label"]
    kind = place_payload()["label"]
    first, second, both, none = {0}, {1}, {0, 1}, set[int]()
    for filters, wanted in (
        ({"library": "here"}, both), ({"video_id": film}, both), ({"language": "en"}, first),
        ({"object": label}, first), ({"place": kind}, second), ({"person": "nobody"}, none),
        ({"profile": "balanced"}, both), ({"profile": ["fast", "balanced"]}, both),
        ({"profile": "fast"}, none), ({"producer": "test"}, both), ({"producer": "other"}, none),
        ({"has_speech": True}, first), ({"has_speech": False}, second), ({"has_text": 1}, second),
        ({"has_face": "true"}, none), ({"is_favorite": False}, both), ({"playable": True}, both),
        ({"searchable": True}, none), ({"offline_ready": True}, none),
        ({"preview_ready": False}, both),
        ({"captured_from": "2024-05-01T12:00:00Z"}, both),
        ({"captured_from": "2024-05-01T12:00:01Z"}, none),
        ({"captured_to": "2024-05-01T14:00:00+02:00"}, both),
        ({"captured_to": "2024-05-01T11:59:59Z"}, none),
        ({"min_scene_duration_ms": 1001}, second), ({"max_scene_duration_ms": 1000}, first),
        ({"min_film_duration_ms": 10_000_000}, both), ({"max_film_duration_ms": 9}, none),
        ({"min_width": 1}, none), ({"max_height": 10}, none),
    ):  # fmt: skip
        found = _found(client, "/v1/scenes", **filters)
        assert {hit["scene_index"] for hit in found["hits"]} == wanted, filters
        assert found["total"] == len(wanted), filters
        asked = {
            name: value if isinstance(value, list) else [value] for name, value in filters.items()
        }
        lists = {
            "library",
            "video_id",
            "language",
            "object",
            "place",
            "person",
            "profile",
            "producer",
        }
        body = {name: asked[name] if name in lists else filters[name] for name in filters}
        posted = client.post("/v1/search", json=body)
        assert posted.json()["hits"] == found["hits"], filters


def test_facets_count_all_hits_and_are_filters_by_their_names(
    client: TestClient, films: IndexedFilms
) -> None:
    make_world(films, 8)
    answer = _found(client, "/v1/scenes", facets=["library,person", "has_text"], limit=1)
    assert list(answer["facets"]) == ["library", "person", "has_text"]
    assert sum(each["count"] for each in answer["facets"]["library"]) == answer["total"]
    assert len(answer["hits"]) == 1
    named = {each["value"]: each["label"] for each in answer["facets"]["person"]}
    assert named["ann"] == "Ann Lee"
    for facet, values in answer["facets"].items():
        for each in values:
            only = _found(client, "/v1/scenes", limit=1, **{facet: each["value"]})
            assert only["total"] == each["count"], (facet, each)


def test_scenes_can_be_looked_through_without_a_text_in_either_order(
    client: TestClient, films: IndexedFilms
) -> None:
    film = films.said("one", "two", "three", in_scenes=True)
    orders = {
        sort: [
            hit["scene_index"]
            for hit in _found(client, "/v1/scenes", sort=sort, video_id=film)["hits"]
        ]
        for sort in ("relevance", "oldest", "newest")
    }
    assert orders == {"relevance": [0, 1, 2], "oldest": [0, 1, 2], "newest": [2, 1, 0]}
    page = _found(client, "/v1/scenes", limit=1, offset=1)
    assert [hit["scene_index"] for hit in page["hits"]] == [1]
    assert page["total"] == 3


def test_a_text_may_be_left_out_where_there_is_a_filter(
    client: TestClient, films: IndexedFilms
) -> None:
    films.said("one", "two", in_scenes=True)
    assert _found(client, has_speech=True)["total"] == 2
    assert _found(client, "/v1/scenes", q="one")["total"] == 1
    assert client.get("/v1/search", params={"facets": "library"}).json()["code"] == "empty_query"


def test_words_are_loosened_unless_that_is_not_wanted(
    client: TestClient, films: IndexedFilms
) -> None:
    films.said("superdogs", "a garden")
    assert _found(client, q="perdog")["matched"] == "letters"
    assert _found(client, q="garden unicorn")["matched"] == "any_word"
    assert _found(client, q="garden unicorn", loosen=False)["hits"] == []


def test_a_question_may_come_as_a_body_and_needs_no_key(
    client: TestClient, films: IndexedFilms
) -> None:
    films.said("a dog")
    asked = {"q": "dog", "library": ["films"], "facets": ["language"], "limit": 5}
    answer = client.post("/v1/search", json=asked)
    assert answer.status_code == 200
    same = _found(client, **{**asked, "facets": "language"})
    assert {**answer.json(), "took_ms": 0} == {**same, "took_ms": 0}


def test_a_body_that_cannot_be_asked_is_refused_with_its_reason(client: TestClient) -> None:
    bodies: list[tuple[Any, str]] = [
        ({}, "empty_query"),
        ({"q": "dog", "colour": "red"}, "invalid_request"),
        ({"q": None}, "invalid_request"),
        ({"q": "dog", "library": "films"}, "invalid_request"),
        ({"q": "dog", "library": ["\0"]}, "library_not_found"),
        ({"q": "dog", "limit": 1000, "offset": 9001}, "page_out_of_bounds"),
        ({"q": "dog", "min_width": 2**63}, "bad_filter"),
        ({"q": "dog", "object": ["o"] * 5001}, "bad_filter"),
        ({"q": "(" * 21 + "dog" + ")" * 21}, "query_too_complex"),
        ([], "invalid_request"),
    ]
    for body, code in bodies:
        _refused(client.post("/v1/search", json=body), code)


def test_parameters_that_cannot_be_asked_are_refused_with_their_reason(client: TestClient) -> None:
    for parameters, code in {
        "library=": "library_not_found",
        "video_id=%00": "video_not_found",
        "facets=library,smell": "invalid_request",
        "sort=smell": "invalid_request",
        "min_width=9&max_width=8": "bad_filter",
        "max_height=" + "9" * 30: "bad_filter",
        "captured_from=2024-05-01T10:00:00": "bad_filter",
        "captured_to=NaN": "invalid_request",
        "captured_from=1e300": "invalid_request",
        "offset=" + "9" * 30: "page_out_of_bounds",
        "q=%25": "empty_query",
    }.items():
        _refused(client.get(f"/v1/scenes?{parameters}"), code)


def _refused(answer: Any, code: str) -> None:
    status = 404 if code.endswith("not_found") else 422
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_answers_are_counted_by_the_engine_that_gave_them(
    client: TestClient, films: IndexedFilms
) -> None:
    films.said("a dog")
    for _ in range(2):
        _found(client, q="dog")
    assert 'rushes_searches_total{search_source="postgres"} 2.0' in client.get("/metrics").text


def test_browsing_asks_neither_drives_nor_films(
    films: IndexedFilms, make_client: MakeClient
) -> None:
    """The roots of these libraries are folders that nowhere are."""
    films.said("a dog", library="never_attached")
    (hit,) = _found(make_client(films.engine), "/v1/scenes")["hits"]
    assert (hit["library"], hit["playable"]) == ("never_attached", False)
