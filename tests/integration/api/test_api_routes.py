"""Every route of the HTTP API: what it answers, and how it refuses."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from rushes.db.engine import make_engine
from rushes.db.migrate import downgrade, head_revision
from rushes.settings import PROJECT_ROOT, Settings
from tests.integration.api.conftest import NOBODY, MakeClient
from tests.integration.indexed_films import IndexedFilms, scene, segment

_SNAPSHOT = PROJECT_ROOT / "tests" / "snapshots" / "openapi.json"


def _problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The body, sure that it is a problem of that status and code."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    assert body["detail"]
    return body


def test_the_description_of_the_api_is_the_one_that_was_agreed_on(client: TestClient) -> None:
    """RUSHES_RENEW_SNAPSHOTS=1 scripts/test tests/integration/api writes it anew."""
    described = client.get("/openapi.json").json()
    if os.environ.get("RUSHES_RENEW_SNAPSHOTS"):
        _SNAPSHOT.parent.mkdir(exist_ok=True)
        _SNAPSHOT.write_text(json.dumps(described, indent=1, sort_keys=True) + "\n")
    assert described == json.loads(_SNAPSHOT.read_text())


def test_health_needs_no_database(make_client: MakeClient) -> None:
    engine = make_engine(NOBODY)
    assert make_client(engine).get("/healthz").json() == {"status": "ok"}


def test_ready_with_the_schema_of_this_code(client: TestClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "database": "ok",
        "schema_revision": head_revision(),
    }


def test_not_ready_while_the_database_is_away(make_client: MakeClient) -> None:
    answer = make_client(make_engine(NOBODY)).get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "database": "unreachable", "schema_revision": None}


def test_not_ready_with_an_older_schema(client: TestClient, engine: Engine) -> None:
    downgrade(engine, "base")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["ready"] is False


@pytest.mark.parametrize("path", ["/v1/videos", "/v1/videos/v0000/artifacts", "/v1/search?q=dog"])
def test_a_database_that_is_away_is_a_503_that_says_so(make_client: MakeClient, path: str) -> None:
    body = _problem(make_client(make_engine(NOBODY)).get(path), 503, "database_unavailable")
    assert body["remedy"]
    assert "nobody" not in json.dumps(body)


def test_a_fault_of_ours_is_a_problem_that_tells_no_secrets(
    client: TestClient, engine: Engine
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("drop table transcript_fts")
    body = _problem(client.get("/v1/search?q=dog"), 500, "internal")
    assert "transcript_fts" not in json.dumps(body)


def test_films_come_oldest_first_in_pages(client: TestClient, films: IndexedFilms) -> None:
    made = [films.film() for _ in range(5)]
    elsewhere = films.film(library="elsewhere")
    pages = [
        client.get("/v1/videos", params={"library": "films", "limit": 2, "offset": offset}).json()
        for offset in (0, 2, 4, 6)
    ]
    assert [page["total"] for page in pages] == [5] * 4
    assert [video["asset_id"] for page in pages for video in page["videos"]] == made
    everything = client.get("/v1/videos").json()
    assert [video["asset_id"] for video in everything["videos"]] == [*made, elsewhere]
    nothing = {"total": 0, "videos": [], "cursor": None}
    assert client.get("/v1/videos?state=missing").json() == nothing
    assert client.get("/v1/videos?library=%00").json()["total"] == 0


def test_artifacts_are_those_of_the_selected_runs(client: TestClient, films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [scene(0, 900)])
    newest = films.run(film, [scene(0, 100), scene(100, 200, 1)])
    said = films.run(film, [segment("a dog", 50, 150)])
    answer = client.get(f"/v1/videos/{film}/artifacts").json()
    assert answer["asset_id"] == film
    spans = [(each["span_start_ms"], each["run_id"]) for each in answer["artifacts"]]
    assert spans == [(0, newest), (50, said), (100, newest)]
    only = client.get(f"/v1/videos/{film}/artifacts?type=scene").json()["artifacts"]
    assert {each["run_id"] for each in only} == {newest}
    assert all(value not in (None, "") for each in only for value in each.values())


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/videos/unknown/artifacts", 404, "video_not_found"),
        ("/v1/videos/%00/artifacts", 404, "video_not_found"),
        ("/v1/videos/%ED%A0%80/artifacts", 404, "video_not_found"),
        ("/v1/videos/v0000/artifacts?type=nonsense", 422, "invalid_request"),
        ("/v1/nowhere", 404, "not_found"),
        ("/v1/videos?limit=0", 422, "invalid_request"),
        ("/v1/videos?limit=1001", 422, "invalid_request"),
        ("/v1/videos?offset=-1", 422, "invalid_request"),
        ("/v1/videos?offset=99999999999999999999", 422, "invalid_request"),
        ("/v1/videos?state=gone", 422, "invalid_request"),
        ("/v1/search", 422, "empty_query"),
        ("/v1/search?q=", 422, "empty_query"),
        ("/v1/search?q=%00%00", 422, "empty_query"),
        ("/v1/search?q=%20", 422, "empty_query"),
        ("/v1/search?q=dog&limit=many", 422, "invalid_request"),
        ("/v1/search?q=dog&source=smell", 422, "invalid_request"),
        ("/v1/search?q=dog&limit=1001", 422, "invalid_request"),
        ("/v1/search?q=dog&offset=9981", 422, "page_out_of_bounds"),
        ("/v1/search?q=" + "x" * 2001, 422, "query_too_long"),
    ],
)
def test_a_request_that_cannot_be_served_is_refused_with_its_reason(
    client: TestClient, path: str, status: int, code: str
) -> None:
    _problem(client.get(path), status, code)


def test_only_reading_is_allowed(client: TestClient) -> None:
    answer = client.post("/v1/videos")
    _problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    "query",
    ['"', "\\", "%", "a & | ! <-> b", "--" * 500, "\ud800x", "\0dog", "🎬", "שלום", "'; drop --"],
)
def test_no_query_is_a_fault_of_ours(client: TestClient, films: IndexedFilms, query: str) -> None:
    films.said("the dog said % and \\ and שלום 🎬")
    encoded = query.encode("utf-8", "surrogatepass")
    escaped = "".join(f"%{byte:02x}" for byte in encoded)
    for path in (f"/v1/search?q={escaped}", f"/v1/search?q=dog&library={escaped}"):
        assert client.get(path).status_code in (200, 404, 422)


def test_the_api_listens_on_loopback_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("RUSHES_HOST", raising=False)
    assert Settings().host == "127.0.0.1"
