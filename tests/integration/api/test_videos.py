"""Films and libraries, page by page."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, update

from rushes.db.tables import asset
from tests.integration.indexed_films import IndexedFilms


def _walk(client: TestClient, **params: Any) -> list[str]:
    """The ids of all pages, by cursor."""
    found: list[str] = []
    while True:
        page = client.get("/v1/videos", params=params).json()
        found += [each["asset_id"] for each in page["videos"]]
        if page["cursor"] is None:
            return found
        params["cursor"] = page["cursor"]


@pytest.mark.parametrize("limit", [1, 2, 5, 6])
def test_a_walk_by_cursor_has_every_film_once(
    client: TestClient, films: IndexedFilms, limit: int
) -> None:
    made = [films.film() for _ in range(5)]
    assert _walk(client, limit=limit) == made


def test_a_film_that_goes_or_comes_during_a_walk_moves_no_other(
    client: TestClient, films: IndexedFilms, engine: Engine
) -> None:
    made = [films.film() for _ in range(4)]
    first = client.get("/v1/videos", params={"limit": 2}).json()
    with engine.begin() as connection:
        connection.execute(asset.delete().where(asset.c.asset_id == made[0]))
    late = films.film()
    rest = _walk(client, limit=2, cursor=first["cursor"])
    assert rest == [*made[2:], late]


def test_filters_narrow_pages_and_total_alike(
    writer: TestClient, films: IndexedFilms, engine: Engine
) -> None:
    here, there, gone = films.film(), films.film(library="others"), films.film()
    with engine.begin() as connection:
        lost = update(asset).where(asset.c.asset_id == gone)
        connection.execute(lost.values(state="missing"))
    writer.put(f"/v1/videos/{there}/favorite")
    for params, wanted in (
        ({"library": "films"}, [here, gone]),
        ({"state": "missing"}, [gone]),
        ({"favorite": "true"}, [there]),
        ({"favorite": "false", "state": "present"}, [here]),
        ({"library": "nowhere"}, []),
    ):
        page = writer.get("/v1/videos", params=params).json()
        assert [each["asset_id"] for each in page["videos"]] == wanted
        assert page["total"] == len(wanted)


def test_one_film_has_what_is_known_of_its_file(client: TestClient, films: IndexedFilms) -> None:
    film = films.film(path="day one/a.mp4", content_hash="c0ffee")
    answer = client.get(f"/v1/videos/{film}").json()
    assert (answer["path"], answer["content_hash"]) == ("day one/a.mp4", "c0ffee")
    assert client.get("/v1/videos/nobody").json()["code"] == "video_not_found"


@pytest.mark.parametrize("path", ["/v1/videos", "/v1/favorites"])
def test_what_is_no_cursor_is_refused(client: TestClient, path: str) -> None:
    for cursor in ("", "x", "%00", "WzFd", "W10", "é", "x" * 5000):
        assert client.get(f"{path}?cursor={cursor}").status_code == 422


def test_libraries_come_with_their_numbers(
    client: TestClient, films: IndexedFilms, engine: Engine
) -> None:
    films.film(), films.film(library="others")
    with engine.begin() as connection:
        lost = update(asset).where(asset.c.library_slug == "others")
        connection.execute(lost.values(state="missing"))
    found = client.get("/v1/libraries").json()["libraries"]
    numbers = [(each["slug"], each["present"], each["missing"]) for each in found]
    assert numbers == [("films", 1, 0), ("others", 0, 1)]
    assert [each["root"] for each in found] == ["/films", "/others"]
