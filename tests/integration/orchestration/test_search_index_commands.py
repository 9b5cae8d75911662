"""`rushes search-index status|sync|verify|retry-dead|purge` and the end of `index`, in process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update
from typer.testing import CliRunner

from orchestration.cli.app import app as every_command
from orchestration.cli.output import EXIT_FILMS_FAILED, EXIT_INTERNAL, EXIT_UNAVAILABLE
from orchestration.cli.search_index import app
from rushes.db.search_tables import search_sync_failures
from tests.integration.orchestration.conftest import OpenWorld
from tests.integration.orchestration.worlds import World


@pytest.fixture(scope="module")
def films(new_world: OpenWorld, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world of two registered films and one that is analysed; all are published."""
    with new_world(tmp_path_factory.mktemp("world")) as world:
        world.clip("canal.mp4", frames=10)
        options = ("--stages", "source_video", "--json")
        result = CliRunner().invoke(every_command, ["index", str(world.root), *options])
        assert (result.exit_code, _answer(result)["notes"]) == (0, [])
        assert _search_index("status")["status"]["outbox"]["queue_rows"] == 0
        for name in ("harbour.mp4", "meadow.mp4"):
            (world.root / name).write_text(f"film {name}")
        world.register()
        yield world


def _answer(result: Any) -> Any:
    return json.loads(result.stdout)


def _search_index(*arguments: str, exit_code: int = 0) -> Any:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == exit_code, result.output
    return _answer(result)


def _in_silence(world: World, statement: str) -> None:
    """Change films without the outbox hearing of it."""
    with world.context.engine.begin() as connection:
        connection.execute(text("alter table asset disable trigger user"))
        connection.execute(text(statement))
        connection.execute(text("alter table asset enable trigger user"))


def test_what_waits_is_shown_published_and_told_to_dagster(films: World) -> None:
    assert _search_index("status")["status"]["queue_films"] == 2
    done = _search_index("sync")["done"]
    assert (done["published"], done["documents"], done["failed"]) == (2, 2, 0)
    found = _search_index("status")["status"]
    assert (found["outbox"]["queue_rows"], found["indexes"][0]["films"]) == (0, 3)
    shown = CliRunner().invoke(app, ["status"])
    assert "nothing waits" in shown.stdout
    films.indexer.register_partitions(sorted(films.ids.values()))
    assert set(films.statuses("quickwit_sync").values()) == {"MATERIALIZED"}


def test_drift_is_told_by_the_exit_code_and_mended_by_repair(films: World) -> None:
    _search_index("sync")
    assert _search_index("verify")["total"] == 0
    _in_silence(films, "update asset set path = 'moor.mp4' where path = 'meadow.mp4'")
    for _ in range(2):
        found = _search_index("verify", exit_code=EXIT_INTERNAL)
        assert (found["total"], found["drift"]["stale"]) == (1, [films.ids["moor.mp4"]])
    mended = _search_index("verify", "--repair")
    assert (mended["total"], mended["left"]) == (1, 0)
    assert _search_index("verify")["total"] == 0


def test_a_film_that_was_given_up_is_shown_and_published_once_it_is_mended(films: World) -> None:
    dated = "update asset set capture_time = {} where path = 'harbour.mp4'"
    with films.context.engine.begin() as connection:
        connection.execute(text(dated.format("'infinity'")))
    assert _search_index("sync", exit_code=EXIT_FILMS_FAILED)["done"]["failed"] == 1
    with films.context.engine.begin() as connection:
        connection.execute(update(search_sync_failures).values(is_dead=True))
    (failure,) = _search_index("status")["failures"]
    assert (failure["asset_id"], failure["is_dead"]) == (films.ids["harbour.mp4"], True)
    _in_silence(films, dated.format("'2024-05-01'"))
    retried = _search_index("retry-dead", "harbour.mp4")
    assert retried["films"] == [films.ids["harbour.mp4"]]
    assert retried["done"]["published"] == 1
    assert _search_index("status")["failures"] == []
    assert _search_index("retry-dead")["films"] == []


def test_a_purge_says_what_is_still_there(films: World) -> None:
    (index,) = _search_index("purge")["indexes"]
    (shown,) = _search_index("status")["status"]["indexes"]
    assert index["index_name"] == shown["name"]
    assert index["waiting"] == shown["unpurged_revs"]


def test_without_the_engine_status_answers_and_sync_says_so(
    new_world: OpenWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUSHES_QUICKWIT_URL", "http://127.0.0.1:9")
    with new_world(tmp_path) as world:
        (world.root / "a.mp4").write_text("a")
        world.register()
        told = _search_index("sync", "--patience", "0", exit_code=EXIT_UNAVAILABLE)
        assert told["error"]["code"] == "search_engine_unavailable"
        assert _search_index("status")["status"]["outbox"]["queue_rows"] == 1
