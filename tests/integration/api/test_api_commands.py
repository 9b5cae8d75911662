"""`rushes api-key`, `rushes favourite` and `rushes audit`, in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from orchestration.cli.app import app
from orchestration.cli.output import EXIT_USAGE
from rushes.pipeline.startup import close_context
from rushes.settings import get_settings
from tests.integration.indexed_films import IndexedFilms, scene


@pytest.fixture(autouse=True)
def here(database_url: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The commands work on the database and in the folder of the test."""
    monkeypatch.setenv("RUSHES_DATABASE_URL", database_url)
    monkeypatch.setenv("RUSHES_DATA_DIR", str(data_dir))
    monkeypatch.delenv("RUSHES_API_KEY", raising=False)
    get_settings.cache_clear()
    yield
    close_context(get_settings())
    get_settings.cache_clear()


def _rushes(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def _json(*arguments: str) -> Any:
    result = _rushes(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_key_is_printed_kept_and_made_anew(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = _rushes("api-key").stdout.strip()
    path = Path(_rushes("api-key", "--path").stdout.strip())
    assert path == data_dir / "secrets" / "api-key"
    assert path.read_text() == key == _json("api-key")["api_key"]
    renewed = _rushes("api-key", "--renew").stdout.strip()
    assert renewed == path.read_text() != key
    monkeypatch.setenv("RUSHES_API_KEY", "given")
    get_settings.cache_clear()
    assert _rushes("api-key").stdout.strip() == "given"
    for option in ("--renew", "--path"):
        assert _rushes("api-key", option).exit_code == EXIT_USAGE
    assert path.read_text() == renewed


def test_films_and_scenes_are_marked_listed_and_audited(films: IndexedFilms) -> None:
    film = films.film("a@b.mp4")
    films.run(film, [scene(0, 1000), scene(1000, 3000, 1)])
    assert _json("favourite", "add", "a@b.mp4") == {"place": "a@b.mp4", "changed": True}
    assert _json("favourite", "add", "a@b.mp4@0:02")["changed"]
    assert not _json("favourite", "add", "a@b.mp4@1500ms")["changed"]
    found = _json("favourite", "list")["favourites"]
    assert [(each["kind"], each["start_ms"]) for each in found] == [("film", None), ("scene", 1000)]
    assert "1.000" in _rushes("favourite", "list", film).stdout
    assert _json("favourite", "remove", "a@b.mp4@0:02")["changed"]
    assert len(_json("favourite", "list")["favourites"]) == 1
    log = _json("audit", "a@b.mp4")["entries"]
    assert [(each["actor"], each["action"]) for each in log] == [
        ("cli", "favourite.unset"),
        ("cli", "favourite.set"),
        ("cli", "favourite.set"),
    ]
    assert "favourite.unset" in _rushes("audit", "--limit", "1").stdout
    assert _json("audit", "of-a-film-that-is-gone")["entries"] == []


def test_a_place_that_is_none_is_refused(films: IndexedFilms) -> None:
    films.film("a.mp4")
    for place in ("b.mp4", "a.mp4@0:01", "a.mp4@soon", "a.mp4@1-2", "@"):
        assert _rushes("favourite", "add", place).exit_code == EXIT_USAGE


def test_a_choice_of_runs_is_audited(films: IndexedFilms) -> None:
    film = films.film("a.mp4")
    _json("select", "a.mp4", "--selection", "best_quality", "--type", "scene")
    _json("select", "--library", "films", "--selection", "default")
    named, whole = (_json("audit", subject)["entries"] for subject in (film, "films"))
    assert [(each["action"], each["details"]["mode"]) for each in (*named, *whole)] == [
        ("selection.set", "best_quality"),
        ("selection.set", "default"),
    ]
    assert named[0]["details"]["artifact_types"] == ["scene"]
