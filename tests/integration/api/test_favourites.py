"""Favourite films and scenes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine, update

from rushes.audit import entries
from rushes.db.tables import artifacts, asset, runs
from tests.integration.indexed_films import IndexedFilms, scene


def _scenes(films: IndexedFilms, film: str, *spans: tuple[int, int]) -> Sequence[str]:
    """The artifact ids of a new detection of scenes, in order."""
    found = [scene(*span, index) for index, span in enumerate(spans)]
    run_id = films.run(film, found)
    chosen = artifacts.select().where(artifacts.c.run_id == run_id)
    with films.engine.connect() as connection:
        rows = connection.execute(chosen.order_by(artifacts.c.span_start_ms)).all()
    return [row.artifact_id for row in rows]


def _listed(client: TestClient, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/favorites", params=params).json()["favorites"]
    return found


def _marked(client: TestClient) -> list[str | None]:
    """The scenes that answer for what is marked now."""
    found = _listed(client, kind="scene")
    return [each["scene"] and each["scene"]["artifact_id"] for each in found]


def test_marking_a_film_twice_is_marking_it_once(
    writer: TestClient, films: IndexedFilms, engine: Engine
) -> None:
    film = films.film()
    for _ in range(2):
        assert writer.put(f"/v1/videos/{film}/favorite").json() == {"is_favorite": True}
    assert writer.get(f"/v1/videos/{film}").json()["is_favorite"] is True
    for _ in range(2):
        assert writer.delete(f"/v1/videos/{film}/favorite").json() == {"is_favorite": False}
    assert _listed(writer) == []
    with engine.connect() as connection:
        actions = [each.action for each in entries(connection, subject=film)]
    assert actions == ["favourite.unset", "favourite.set"]


def test_marking_a_scene_twice_is_marking_it_once(
    writer: TestClient, films: IndexedFilms, engine: Engine
) -> None:
    film = films.film()
    first, second = _scenes(films, film, (0, 1000), (1000, 3000))
    for _ in range(2):
        assert writer.put(f"/v1/scenes/{second}/favorite").json() == {"is_favorite": True}
    (only,) = _listed(writer)
    assert (only["kind"], only["start_ms"], only["end_ms"]) == ("scene", 1000, 3000)
    assert only["scene"]["artifact_id"] == second
    assert writer.delete(f"/v1/scenes/{first}/favorite").status_code == 200
    assert _marked(writer) == [second]
    for _ in range(2):
        assert writer.delete(f"/v1/scenes/{second}/favorite").status_code == 200
    assert _listed(writer) == []
    with engine.connect() as connection:
        assert len(entries(connection, subject=film)) == 2


def test_a_mark_outlives_a_new_scene_detection(writer: TestClient, films: IndexedFilms) -> None:
    film = films.film()
    old = _scenes(films, film, (0, 1000), (1000, 3000))
    writer.put(f"/v1/scenes/{old[1]}/favorite")
    new = _scenes(films, film, (0, 900), (900, 2500), (2500, 3000))
    assert _marked(writer) == [new[1]]
    writer.put(f"/v1/scenes/{new[1]}/favorite")
    assert len(_listed(writer)) == 1
    writer.delete(f"/v1/scenes/{new[2]}/favorite")
    assert _marked(writer) == [new[1]]
    writer.delete(f"/v1/scenes/{new[1]}/favorite")
    assert _listed(writer) == []


def test_a_scene_answers_for_a_mark_that_it_covers_more_than_half_of(
    writer: TestClient, films: IndexedFilms
) -> None:
    covering = {
        (1000, 3000): True,
        (1999, 9000): True,
        (2000, 9000): False,  # exactly half of the shorter is not more than half
        (0, 2001): True,
        (0, 2000): False,
        (1500, 1600): True,
        (3000, 4000): False,
    }
    wanted = []
    for span, answers in covering.items():
        film = films.film()
        (old,) = _scenes(films, film, (1000, 3000))
        writer.put(f"/v1/scenes/{old}/favorite")
        (new,) = _scenes(films, film, span)
        wanted.append(new if answers else None)
    assert _marked(writer) == wanted


def test_a_mark_of_an_older_content_is_not_shown(
    writer: TestClient, films: IndexedFilms, engine: Engine
) -> None:
    film = films.film()
    (old,) = _scenes(films, film, (0, 1000))
    writer.put(f"/v1/scenes/{old}/favorite")
    with engine.begin() as connection:
        connection.execute(update(asset).where(asset.c.asset_id == film).values(content_version=2))
    assert _listed(writer) == []
    assert writer.put(f"/v1/scenes/{old}/favorite").json()["code"] == "scene_not_found"


def test_favourites_come_in_pages_a_film_before_its_scenes(
    writer: TestClient, films: IndexedFilms
) -> None:
    wanted: list[tuple[str, int | None]] = []
    for _ in range(2):
        film = films.film()
        found = _scenes(films, film, (0, 500), (500, 900))
        for each in found:
            writer.put(f"/v1/scenes/{each}/favorite")
        writer.put(f"/v1/videos/{film}/favorite")
        wanted += [(film, None), (film, 0), (film, 500)]
    walked: list[tuple[str, int | None]] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = writer.get("/v1/favorites", params=params).json()
        walked += [(each["asset_id"], each["start_ms"]) for each in page["favorites"]]
        if page["cursor"] is None:
            break
        params["cursor"] = page["cursor"]
    assert walked == wanted
    assert len(_listed(writer, kind="film")) == 2
    assert _listed(writer, library="others") == []


def test_only_scenes_are_marked_as_scenes(
    writer: TestClient, films: IndexedFilms, engine: Engine
) -> None:
    films.said("a dog")
    with engine.connect() as connection:
        said = connection.execute(artifacts.select().join(runs)).first()
    assert said is not None
    for name in (said.artifact_id, "unknown", "%00", "%ED%A0%80"):
        for method in ("PUT", "DELETE"):
            answer = writer.request(method, f"/v1/scenes/{name}/favorite")
            assert (answer.status_code, answer.json()["code"]) == (404, "scene_not_found")
    assert writer.put("/v1/videos/unknown/favorite").json()["code"] == "video_not_found"
