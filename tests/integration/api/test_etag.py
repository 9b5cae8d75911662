"""Answers that a client knows already."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.integration.indexed_films import IndexedFilms


def test_an_answer_that_is_known_is_not_sent_again(client: TestClient, films: IndexedFilms) -> None:
    film = films.film()
    for path in ("/v1/videos", f"/v1/videos/{film}", "/v1/libraries", "/v1/favorites"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]


def test_an_answer_that_changed_is_sent(writer: TestClient, films: IndexedFilms) -> None:
    film = films.film()
    known = writer.get(f"/v1/videos/{film}").headers["etag"]
    writer.put(f"/v1/videos/{film}/favorite")
    answer = writer.get(f"/v1/videos/{film}", headers={"If-None-Match": known})
    assert answer.status_code == 200
    assert answer.json()["is_favorite"]
    assert answer.headers["etag"] != known


@pytest.mark.parametrize(
    ("form", "status"),
    [("{}", 304), ('"x", {}', 304), ("*", 304), ("{strong}", 304), ('"x"', 200), ("", 200)],
)
def test_the_header_may_name_several(client: TestClient, form: str, status: int) -> None:
    tag = client.get("/v1/libraries").headers["etag"]
    given = form.format(tag, strong=tag.removeprefix("W/"))
    assert client.get("/v1/libraries", headers={"If-None-Match": given}).status_code == status


def test_refusals_and_writing_have_no_tag(writer: TestClient, films: IndexedFilms) -> None:
    film = films.film()
    assert "etag" not in writer.get("/v1/videos/unknown").headers
    assert "etag" not in writer.put(f"/v1/videos/{film}/favorite").headers


def test_the_head_of_an_answer_can_be_had_alone(client: TestClient, films: IndexedFilms) -> None:
    film = films.film()
    for path in ("/v1/videos", f"/v1/videos/{film}", f"/v1/videos/{film}/selections"):
        answer = client.head(path)
        assert answer.status_code == 200
        assert answer.headers["etag"] == client.get(path).headers["etag"]
    assert client.head("/v1/videos/unknown").status_code == 404
