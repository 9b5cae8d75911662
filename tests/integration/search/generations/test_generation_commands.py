"""`rushes search-index reindex`, `promote`, `rollback`, `drop`, `generations`, `lock`, `unlock`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from orchestration.cli.app import app
from orchestration.cli.output import EXIT_USAGE
from rushes.pipeline.startup import close_context, open_context
from rushes.search.generations.ensuring import ensure_generations
from rushes.settings import get_settings
from tests.integration.node.node_process import NodeProcess


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    node = NodeProcess(tmp_path_factory.mktemp("node") / "data")
    yield node
    assert node.end() == 0


@pytest.fixture(autouse=True)
def served(
    engine: Engine, node: NodeProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A library without films, and its first index in a node."""
    monkeypatch.setenv("RUSHES_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("QUICKWIT_URL", node.url)
    with engine.begin() as connection:
        connection.execute(text("insert into libraries (slug, root) values ('hills', '/hills')"))
    get_settings.cache_clear()
    ensure_generations(engine, open_context().quickwit, datetime.now(UTC))
    yield
    close_context(get_settings())
    get_settings.cache_clear()


def rushes(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["search-index", *arguments])


def said(*arguments: str) -> Any:
    """The one JSON document that it prints."""
    result = rushes(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refused(*arguments: str) -> str:
    """The code of the error."""
    result = rushes(*arguments, "--json")
    assert result.exit_code == EXIT_USAGE, result.output
    return str(json.loads(result.stdout)["error"]["code"])


def test_a_new_index_is_built_promoted_taken_back_and_dropped() -> None:
    (first,) = said("generations")["generations"]
    begun = said("reindex", "--follow")
    assert begun["progress"][0]["is_complete"]
    assert refused("reindex", "--library", "hills") == "search_shadow_under_way"
    newer = begun["generation"]
    assert said("promote")["libraries"][0]["active"] == newer
    assert refused("drop", newer, "--force") == "search_generation_in_use"
    assert said("rollback", "--library", "hills")["libraries"][0]["active"] == first["name"]
    assert said("drop", newer, "--force")["draining"] == [newer]
    states = {each["name"]: each["state"] for each in said("generations")["generations"]}
    assert states == {first["name"]: "active", newer: "draining"}


def test_a_lock_keeps_the_index_of_a_library_as_it_is() -> None:
    assert said("lock", "--library", "hills")["locked"]
    assert refused("reindex") == "search_policy_locked"
    assert not said("unlock", "--library", "hills")["locked"]
    assert "is being built" in rushes("reindex").stdout
    assert "hills: 0/0 films" in rushes("generations").stderr
    assert refused("lock", "--library", "nowhere") == "library_not_found"
