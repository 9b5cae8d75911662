"""Corrections over HTTP: written with the key, listed, withdrawn."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.integration.indexed_films import IndexedFilms, segment


def _body(*texts: str, kind: str = "transcript.segment", **changes: Any) -> dict[str, Any]:
    items = [
        {"start_ms": 1000 * number, "end_ms": 1000 * number + 1000, "payload": {"text": text}}
        for number, text in enumerate(texts)
    ]
    return {"type": kind, "items": items, **changes}


def _texts(client: TestClient, film: str) -> list[str]:
    found = client.get(f"/v1/videos/{film}/artifacts?type=transcript.segment").json()["artifacts"]
    return [each["payload"]["text"] for each in found]


def test_a_correction_is_read_everywhere_until_it_is_withdrawn(
    writer: TestClient, films: IndexedFilms
) -> None:
    film = films.said("wrong", "fine")
    before = writer.get(f"/v1/videos/{film}/artifacts").json()["artifacts"]
    made = writer.post(
        f"/v1/videos/{film}/corrections", json=_body("right"), headers={"X-Rushes-Actor": "Ada"}
    )
    assert made.status_code == 201, made.text
    run_id = made.json()["run_id"]
    assert _texts(writer, film) == ["right", "fine"]
    assert writer.get(f"/v1/videos/{film}/artifacts").json()["origins"][run_id] == "human"
    (listed,) = writer.get(f"/v1/videos/{film}/corrections").json()["corrections"]
    assert (listed["run_id"], listed["actor"], listed["answers"]) == (run_id, "Ada", True)
    (item,) = listed["items"]
    assert item["replaces"] == [before[0]["artifact_id"]]
    told = writer.get(f"/v1/artifacts/{before[0]['artifact_id']}/provenance").json()
    assert (told["answers"], told["replaced_by"]) == (False, [item["artifact_id"]])
    assert writer.delete(f"/v1/corrections/{run_id}").status_code == 204
    assert _texts(writer, film) == ["wrong", "fine"]
    assert writer.delete(f"/v1/corrections/{run_id}").status_code == 404


def test_without_the_key_nothing_is_written(client: TestClient, films: IndexedFilms) -> None:
    film = films.said("wrong")
    answer = client.post(f"/v1/videos/{film}/corrections", json=_body("right"))
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised")
    assert client.delete("/v1/corrections/r1").status_code == 401
    assert _texts(client, film) == ["wrong"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (_body("a", kind="face.detection"), 422, "bad_correction"),
        (_body("a", kind="dog"), 422, "invalid_request"),
        (_body(), 422, "invalid_request"),
        (_body("nul\0"), 422, "bad_payload"),
        (_body(""), 422, "bad_payload"),
        ({"type": "scene"}, 422, "invalid_request"),
        (_body(items=[{"start_ms": 5, "end_ms": 5, "payload": {}}]), 422, "bad_range"),
        (_body(items=[{"start_ms": 0, "end_ms": 2**63, "payload": {}}]), 422, "invalid_request"),
        (_body(items=[{"start_ms": 0, "end_ms": 2**62, "payload": {}}]), 422, "bad_correction"),
        (_body("a", kind="place.classification"), 422, "bad_payload"),
    ],
)
def test_what_cannot_be_a_correction_is_refused_with_its_code(
    writer: TestClient, films: IndexedFilms, body: dict[str, Any], status: int, code: str
) -> None:
    film = films.said("wrong")
    answer = writer.post(f"/v1/videos/{film}/corrections", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert _texts(writer, film) == ["wrong"]


def test_a_half_character_and_an_unknown_film_are_refused(
    writer: TestClient, films: IndexedFilms
) -> None:
    film = films.film()
    films.run(film, [segment("wrong")])
    half = '{"type": "transcript.segment", "items": [{"start_ms": 0, "end_ms": 9, "payload": %s}]}'
    for payload in (r'{"text": "\ud800"}', r'{"\ud800": "a"}', '{"text": NaN}'):
        answer = writer.post(
            f"/v1/videos/{film}/corrections",
            content=half % payload,
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code == 422, answer.text
    answer = writer.post("/v1/videos/nobody/corrections", json=_body("a"))
    assert (answer.status_code, answer.json()["code"]) == (404, "video_not_found")
    answer = writer.get("/v1/videos/nobody/corrections")
    assert (answer.status_code, answer.json()["code"]) == (404, "video_not_found")
