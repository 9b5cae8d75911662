"""Who may write."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from rushes.db.engine import make_engine
from rushes.settings import Settings
from tests.integration.api.conftest import KEY, NOBODY, MakeClient
from tests.integration.indexed_films import IndexedFilms

_WRITE = "/v1/videos/v0000/favorite"
_QUESTIONS_WITH_A_BODY = [
    ("post", "/v1/moments"),
    ("post", "/v1/search"),
    ("post", "/v1/similar"),
]
"""They read; what they ask is too long for a URL."""


def test_writing_without_the_key_is_refused_before_anything_is_asked(away: TestClient) -> None:
    answer = away.put(_WRITE)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["cache-control"] == "no-store"
    assert "rushes api-key" in answer.json()["remedy"]


@pytest.mark.parametrize(
    "key",
    [b"", b"x", KEY[:-1].encode(), KEY.encode() + b"x", b"x" * 5000, b"\xff\xfe", "ключ".encode()],
)
def test_a_wrong_key_of_whatever_bytes_is_refused(away: TestClient, key: bytes) -> None:
    for header in ([(b"X-API-Key", key)], [(b"Authorization", b"Bearer " + key)]):
        answer = away.put(_WRITE, headers=header)
        assert answer.status_code == 401
        assert KEY not in answer.text


def test_the_key_may_come_as_header_or_as_bearer_token(
    client: TestClient, films: IndexedFilms
) -> None:
    films.film()
    assert client.put(_WRITE, headers={"X-API-Key": KEY}).status_code == 200
    assert client.put(_WRITE, headers={"Authorization": f"Bearer {KEY}"}).status_code == 200
    assert client.put(_WRITE, headers={"Authorization": f"Basic {KEY}"}).status_code == 401


def test_a_key_beyond_latin_letters_is_compared_by_its_bytes(make_client: MakeClient) -> None:
    client = make_client(make_engine(NOBODY), api_key="ключ")
    right = client.put(_WRITE, headers=[(b"X-API-Key", "ключ".encode())])
    assert right.status_code == 503  # let in; only the database is away
    assert client.put(_WRITE, headers=[(b"X-API-Key", b"????")]).status_code == 401


def test_a_key_made_anew_counts_at_once_and_the_old_one_no_more(
    make_client: MakeClient, data_dir: Path
) -> None:
    client = make_client(make_engine(NOBODY), api_key=None)
    settings = Settings(data_dir=data_dir, api_key=None)
    old = settings.api_key_value
    new = settings.renew_api_key()
    statuses = [client.put(_WRITE, headers={"X-API-Key": key}).status_code for key in (old, new)]
    assert statuses == [401, 503]
    assert settings.api_key_path.stat().st_mode & 0o777 == 0o600


def test_every_operation_that_says_it_needs_the_key_needs_it(away: TestClient) -> None:
    paths = away.get("/openapi.json").json()["paths"]
    behind_key = [
        (method, path.replace("{", "").replace("}", ""))
        for path, operations in paths.items()
        for method, operation in operations.items()
        if operation.get("security")
    ]
    assert behind_key
    refused = {each: away.request(*each, json={}).status_code for each in behind_key}
    # A value that is wrong is told first, whoever asks: that tells nothing of what is stored.
    assert {each: status for each, status in refused.items() if status not in (401, 422)} == {}


def test_every_operation_that_writes_says_it_needs_the_key(away: TestClient) -> None:
    paths = away.get("/openapi.json").json()["paths"]
    open_writers = [
        (method, path)
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method not in ("get", "head") and not operation.get("security")
    ]
    assert sorted(open_writers) == _QUESTIONS_WITH_A_BODY


@pytest.mark.parametrize("body", [b"{bad", b"[" * 1000, b'{"mode": 7}', b"\xff"])
def test_the_key_is_asked_for_before_a_body_is_found_fault_with(
    client: TestClient, films: IndexedFilms, body: bytes
) -> None:
    path = f"/v1/videos/{films.film()}/selections/scene"
    headers = {"content-type": "application/json"}
    for key in ({}, {"x-api-key": "wrong"}, {"authorization": "Bearer wrong"}):
        assert client.put(path, content=body, headers=headers | key).status_code == 401
