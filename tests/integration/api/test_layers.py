"""What lies around every route: origins, hosts, sizes, compression, headers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from rushes.db.engine import make_engine
from rushes.settings import Settings
from tests.integration.api.conftest import KEY, NOBODY, MakeClient
from tests.integration.indexed_films import IndexedFilms

_PAGE = "https://cut.example:8443"


def test_pages_of_other_servers_are_let_in_only_when_named(make_client: MakeClient) -> None:
    closed = make_client(make_engine(NOBODY))
    opened = make_client(make_engine(NOBODY), cors_origins=(_PAGE,))
    allowed = "access-control-allow-origin"
    assert allowed not in closed.get("/healthz", headers={"Origin": _PAGE}).headers
    assert opened.get("/healthz", headers={"Origin": _PAGE}).headers[allowed] == _PAGE
    other = opened.get("/healthz", headers={"Origin": "https://evil.example"})
    assert allowed not in other.headers


def test_a_named_page_may_ask_before_it_writes(make_client: MakeClient) -> None:
    asked = {
        "Origin": _PAGE,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "X-API-Key, X-Request-ID",
    }
    opened = make_client(make_engine(NOBODY), cors_origins=(_PAGE,))
    answer = opened.options("/v1/videos/v1/favorite", headers=asked)
    assert answer.status_code == 200
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in answer.headers


def test_origins_are_given_by_comma(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUSHES_CORS_ORIGINS", f"{_PAGE}/, http://localhost:3000")
    assert Settings().cors_origins == (_PAGE, "http://localhost:3000")


@pytest.mark.parametrize("wrong", ["*", "cut.example", "https://a.example/page", "null"])
def test_what_is_no_origin_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("RUSHES_CORS_ORIGINS", wrong)
    with pytest.raises(ValidationError):
        Settings()


def test_a_name_that_only_leads_here_is_not_answered(away: TestClient) -> None:
    answer = away.get("/healthz", headers={"Host": "rebound.example"})
    assert answer.status_code == 400
    assert "x-request-id" in answer.headers


@pytest.mark.parametrize("said", [True, False])
def test_a_body_beyond_the_limit_is_refused(make_client: MakeClient, said: bool) -> None:
    client = make_client(make_engine(NOBODY), max_body_bytes=1000)
    path = "/v1/videos/v1/selections/scene"
    headers = {"X-API-Key": KEY, "Content-Type": "application/json"}

    def parts() -> Iterator[bytes]:
        yield from [b" " * 100] * 11

    answer = client.put(path, headers=headers, content=b" " * 1100 if said else parts())
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    body = b'{"mode": "latest"}'
    fits = client.put(path, headers=headers, content=body + b" " * (1000 - len(body)))
    assert fits.status_code == 503  # read; only the database is away


def test_long_answers_come_compressed_and_short_ones_as_they_are(
    client: TestClient, films: IndexedFilms
) -> None:
    short = client.get("/v1/videos")
    for _ in range(120):
        films.film()
    long = client.get("/v1/videos?limit=1000")
    plain = client.get("/v1/videos?limit=1000", headers={"Accept-Encoding": "identity"})
    assert len(plain.content) > 32 * 1024
    assert "content-encoding" not in short.headers
    assert long.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert long.json() == plain.json()
    assert long.headers["etag"] == plain.headers["etag"]


def test_no_answer_is_taken_for_what_it_is_not_said_to_be(away: TestClient) -> None:
    for path in ("/healthz", "/v1/nowhere", "/v1/videos", "/openapi.json", "/metrics"):
        assert away.get(path).headers["x-content-type-options"] == "nosniff"


def test_what_is_behind_the_key_is_kept_by_nobody(writer: TestClient, films: IndexedFilms) -> None:
    film = films.film()
    assert writer.get("/v1/audit").headers["cache-control"] == "no-store"
    assert writer.put(f"/v1/videos/{film}/favorite").headers["cache-control"] == "no-store"


def test_what_is_away_for_a_moment_says_when_to_try_again(away: TestClient) -> None:
    for path in ("/v1/videos", "/readyz"):
        answer = away.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
