"""Stored selections over HTTP, and the audit log."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from rushes.artifacts.vocabulary import ArtifactType, ModelProfile
from tests.integration.indexed_films import IndexedFilms, scene

_DEFAULT = {"mode": "default", "preferred_profile": None, "pinned_run_id": None}

_LACKING: list[tuple[Any, int, str]] = [
    ({"mode": "profile"}, 422, "preferred_profile"),
    ({"mode": "pinned"}, 422, "pinned_run_id"),
    ({"mode": "pinned", "pinned_run_id": ""}, 422, "pinned_run_id"),
    ({"mode": "pinned", "pinned_run_id": "\0"}, 422, "pinned_run_id"),
    ({"mode": "pinned", "pinned_run_id": "unknown"}, 404, "unknown"),
    ({"mode": "nonsense"}, 422, "mode"),
    ({}, 422, "mode"),
    ({"mode": "latest", "more": 1}, 422, "more"),
    ([], 422, "Input"),
]


def _choice(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in _DEFAULT}


def _answering(client: TestClient, film: str) -> set[str]:
    found = client.get(f"/v1/videos/{film}/artifacts?type=scene").json()["artifacts"]
    return {each["run_id"] for each in found}


def test_every_type_has_a_selection_stored_or_not(client: TestClient, films: IndexedFilms) -> None:
    film = films.film()
    answer = client.get(f"/v1/videos/{film}/selections").json()
    assert [each["artifact_type"] for each in answer["selections"]] == [*ArtifactType]
    assert all(_choice(each) == _DEFAULT for each in answer["selections"])
    assert client.get("/v1/videos/unknown/selections").json()["code"] == "video_not_found"


def test_a_stored_selection_answers_until_it_is_forgotten(
    writer: TestClient, films: IndexedFilms
) -> None:
    film = films.film()
    path = f"/v1/videos/{film}/selections/scene"
    fast = films.run(film, [scene(0, 900)], profile=ModelProfile.FAST)
    newest = films.run(film, [scene(0, 500)])
    stored = writer.put(path, json={"mode": "profile", "preferred_profile": "fast"}).json()
    assert _choice(stored) == {**_DEFAULT, "mode": "profile", "preferred_profile": "fast"}
    assert stored["updated_at"]
    assert writer.get(path).json() == stored
    assert _answering(writer, film) == {fast}
    pinned = writer.put(path, json={"mode": "pinned", "pinned_run_id": fast}).json()
    assert (pinned["mode"], pinned["pinned_run_id"]) == ("pinned", fast)
    assert _choice(writer.delete(path).json()) == _DEFAULT
    assert _choice(writer.delete(path).json()) == _DEFAULT
    assert _answering(writer, film) == {newest}


def test_a_selection_that_lacks_what_it_needs_is_refused_by_name(
    writer: TestClient, films: IndexedFilms
) -> None:
    path = f"/v1/videos/{films.film()}/selections/scene"
    for body, status, named in _LACKING:
        answer = writer.put(path, json=body)
        assert answer.status_code == status, body
        assert named in answer.json()["detail"]
    assert _choice(writer.get(path).json()) == _DEFAULT


def test_a_selection_is_in_the_audit_log_once(writer: TestClient, films: IndexedFilms) -> None:
    film = films.film()
    for _ in range(2):
        writer.put(f"/v1/videos/{film}/selections/scene", json={"mode": "best_quality"})
    (entry,) = writer.get("/v1/audit", params={"subject": film}).json()["entries"]
    assert (entry["actor"], entry["action"]) == ("api", "selection.set")
    assert entry["details"]["artifact_type"] == "scene"
    assert entry["details"]["after"]["mode"] == "best_quality"


def test_the_audit_log_comes_newest_first_in_pages_and_only_with_the_key(
    writer: TestClient, films: IndexedFilms
) -> None:
    made = [films.film() for _ in range(5)]
    for film in made:
        writer.put(f"/v1/videos/{film}/favorite")
    walked: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = writer.get("/v1/audit", params=params).json()
        walked += [each["subject"] for each in page["entries"]]
        if page["cursor"] is None:
            break
        params["cursor"] = page["cursor"]
    assert walked == made[::-1]
    assert writer.get("/v1/audit", params={"subject": "\0"}).json()["entries"] == []
    del writer.headers["X-API-Key"]
    assert writer.get("/v1/audit").status_code == 401
