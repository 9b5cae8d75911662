"""Artifacts over HTTP: pages of a film, one of them, where it comes from, what a producer made."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.integration.indexed_films import IndexedFilms, on_screen, scene, segment


def _ids(answer: Any) -> list[str]:
    return [each["artifact_id"] for each in answer["artifacts"]]


def _walk(client: TestClient, path: str, **params: Any) -> list[str]:
    """The ids of all pages."""
    found: list[str] = []
    while True:
        answer = client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert len(body["artifacts"]) <= params["limit"]
        found += _ids(body)
        if body["cursor"] is None:
            return found
        params["cursor"] = body["cursor"]


def test_a_film_is_read_in_pages_each_artifact_once(
    client: TestClient, films: IndexedFilms
) -> None:
    film = films.film()
    films.run(film, [scene(0, 100), scene(100, 200, 1), scene(200, 300, 2)])
    films.run(film, [segment("a", 0, 100), segment("b", 0, 50), segment("c", 100, 250)])
    path = f"/v1/videos/{film}/artifacts"
    everything = client.get(path).json()
    assert everything["cursor"] is None
    assert len(_ids(everything)) == 6
    starts = [(each["span_start_ms"], each["artifact_id"]) for each in everything["artifacts"]]
    assert starts == sorted(starts)
    for limit in (1, 2, 5, 6, 7):
        assert _walk(client, path, limit=limit) == _ids(everything)
    only = _walk(client, path, limit=2, type="scene")
    assert only == [each for each in _ids(everything) if each in only]
    assert len(only) == 3


def test_a_range_is_what_overlaps_it(client: TestClient, films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [segment("long", 0, 1000), segment("b", 400, 500), segment("c", 500, 600)])

    def texts(**params: Any) -> list[str]:
        answer = client.get(f"/v1/videos/{film}/artifacts", params=params).json()
        return [each["payload"]["text"] for each in answer["artifacts"]]

    assert texts(from_ms=500) == ["long", "c"]
    assert texts(to_ms=500) == ["long", "b"]
    assert texts(from_ms=499, to_ms=501) == ["long", "b", "c"]
    assert texts(from_ms=1000) == []


def test_the_request_chooses_the_runs_and_their_origin_is_told(
    client: TestClient, films: IndexedFilms
) -> None:
    film = films.film()
    older = films.run(film, [segment("older")])
    newer = films.run(film, [segment("newer")])
    path = f"/v1/videos/{film}/artifacts"
    assert client.get(path).json()["origins"] == {newer: "analysed"}
    (only,) = client.get(path, params={"run_id": older}).json()["artifacts"]
    assert only["run_id"] == older
    assert client.get(path, params={"profile": "fast"}).json()["artifacts"] == []


def test_provenance_has_the_whole_envelope_and_its_run(
    client: TestClient, films: IndexedFilms
) -> None:
    film = films.film()
    run = films.run(film, [on_screen("exit")])
    (shown,) = client.get(f"/v1/videos/{film}/artifacts").json()["artifacts"]
    one = client.get(f"/v1/artifacts/{shown['artifact_id']}").json()
    assert one == shown | {"origin": "analysed"}
    told = client.get(f"/v1/artifacts/{shown['artifact_id']}/provenance").json()
    assert told["artifact"] == shown
    assert (told["run"]["run_id"], told["run"]["origin"], told["run"]["stage"]) == (
        *(run, "analysed", "ocr"),
    )
    assert (told["is_current"], told["answers"]) == (True, True)
    assert (told["replaces"], told["replaced_by"]) == ([], [])


def test_what_a_producer_made_is_read_in_pages_over_all_films(
    client: TestClient, films: IndexedFilms
) -> None:
    made = [films.said("a", "b"), films.said("c", "d", "e")]
    whole = client.get("/v1/artifacts", params={"producer": "test"}).json()
    films_of = Counter(each["asset_id"] for each in whole["artifacts"])
    assert films_of == {made[0]: 2, made[1]: 3}
    assert _ids(whole) == sorted(_ids(whole))
    for limit in (1, 2, 5):
        assert _walk(client, "/v1/artifacts", producer="test", limit=limit) == _ids(whole)
    asked = {"producer": "test", "producer_version": "1", "config_hash": "config"}
    assert len(_ids(client.get("/v1/artifacts", params=asked).json())) == 5
    for wrong in (
        {"producer": "x"},
        asked | {"producer_version": "2"},
        asked | {"config_hash": "-"},
    ):
        assert client.get("/v1/artifacts", params=wrong).json()["artifacts"] == []


def test_runs_and_profiles_say_what_there_is_to_choose(
    client: TestClient, films: IndexedFilms
) -> None:
    film = films.film()
    older, newer = films.run(film, [segment("a")]), films.run(film, [segment("b")])
    failed = films.run(film, [], stage="scenes", status="failed")
    listed = client.get(f"/v1/videos/{film}/runs").json()["runs"]
    assert {each["run_id"]: (each["status"], each["selected"]) for each in listed} == {
        older: ("completed", False),
        newer: ("completed", True),
        failed: ("failed", False),
    }
    only = client.get(f"/v1/videos/{film}/runs", params={"stage": "scenes"}).json()["runs"]
    assert [each["run_id"] for each in only] == [failed]
    (profile,) = client.get(f"/v1/videos/{film}/profiles").json()["profiles"]
    assert (profile["artifact_type"], profile["model_profile"]) == (
        *("transcript.segment", "balanced"),
    )
    assert (profile["runs"], profile["newest_run_id"], profile["answers"]) == (2, newer, True)
    path = f"/v1/videos/{film}/profiles?artifact_type=scene"
    assert client.get(path).json()["profiles"] == []


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/videos/nobody/artifacts", 404, "video_not_found"),
        ("/v1/videos/no%00body/runs", 404, "video_not_found"),
        ("/v1/videos/nobody/profiles", 404, "video_not_found"),
        ("/v1/artifacts/nothing", 404, "artifact_not_found"),
        ("/v1/artifacts/no%00thing/provenance", 404, "artifact_not_found"),
        ("/v1/artifacts/%ED%A0%80/provenance", 404, "artifact_not_found"),
        ("/v1/artifacts", 422, "invalid_request"),
        ("/v1/artifacts?producer=test&cursor=x", 422, "bad_cursor"),
        ("/v1/artifacts?producer=test&cursor=WzEsImEiXQ", 422, "bad_cursor"),
        ("/v1/videos/{film}/artifacts?cursor=%00", 422, "bad_cursor"),
        ("/v1/videos/{film}/artifacts?cursor=WyJhIiwxLCJiIl0", 422, "bad_cursor"),
        ("/v1/videos/{film}/artifacts?type=dog", 422, "invalid_request"),
        ("/v1/videos/{film}/artifacts?from_ms=5&to_ms=5", 422, "bad_range"),
        ("/v1/videos/{film}/artifacts?from_ms=9223372036854775808", 422, "invalid_request"),
        ("/v1/videos/{film}/artifacts?from_ms=-1", 422, "invalid_request"),
        ("/v1/videos/{film}/artifacts?limit=0", 422, "invalid_request"),
        ("/v1/videos/{film}/artifacts?selection=profile", 422, "bad_selection"),
        ("/v1/videos/{film}/profiles?artifact_type=dog", 422, "invalid_request"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_with_its_code(
    client: TestClient, films: IndexedFilms, path: str, status: int, code: str
) -> None:
    answer = client.get(path.replace("{film}", films.film()))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_odd_but_allowed_values_find_nothing(client: TestClient, films: IndexedFilms) -> None:
    film = films.said("a")
    for path in (
        "/v1/artifacts?producer=%00",
        "/v1/artifacts?producer=",
        f"/v1/videos/{film}/artifacts?run_id=%00nobody",
        f"/v1/videos/{film}/artifacts?from_ms=9223372036854775807",
        f"/v1/videos/{film}/artifacts?to_ms=0",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["artifacts"]) == (200, []), path
