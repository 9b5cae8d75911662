"""The search engine's client belongs to the process's context, and status shows it bare."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from typer.testing import CliRunner

from orchestration.cli.app import app
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.startup import close_context
from rushes.search.quickwit.client import QuickwitClient
from rushes.settings import Settings, get_settings

NOBODY_THERE = "http://me:sesame@127.0.0.1:9"


def test_a_context_makes_one_client_for_all_threads_and_closes_it(
    engine, data_dir, monkeypatch: pytest.MonkeyPatch
):
    closed: list[QuickwitClient] = []
    monkeypatch.setattr(QuickwitClient, "close", lambda client: closed.append(client))
    settings = Settings(data_dir=data_dir, RUSHES_QUICKWIT_URL=NOBODY_THERE)
    context = PipelineContext(settings, engine)
    with ThreadPoolExecutor(4) as pool:
        clients = set(pool.map(lambda _: context.quickwit, range(8)))
    context.close()
    assert len(clients) == 1
    assert closed == list(clients)


@pytest.fixture
def status(database_url, data_dir, monkeypatch: pytest.MonkeyPatch):
    """What `rushes status` prints for a QUICKWIT_URL, or without one."""

    def run(address: str, *options: str) -> str:
        monkeypatch.setenv("RUSHES_DATA_DIR", str(data_dir))
        monkeypatch.setenv("RUSHES_DATABASE_URL", database_url)
        monkeypatch.setenv("RUSHES_DAGSTER_DATABASE_URL", database_url)
        monkeypatch.setenv("RUSHES_QUICKWIT_URL", address)
        get_settings.cache_clear()
        try:
            return CliRunner().invoke(app, ["status", *options], catch_exceptions=False).output
        finally:
            close_context(get_settings())
            get_settings.cache_clear()

    return run


def test_status_shows_the_engine_that_is_set_without_its_password(status):
    assert "Quickwit of QUICKWIT_URL, not running" in status(NOBODY_THERE)
    said = status(NOBODY_THERE, "--json")
    assert "sesame" not in said
    assert json.loads(said)["search"] == {
        "embedded": False,
        "running": False,
        "location": "http://127.0.0.1:9",
        "address": "http://127.0.0.1:9",
    }


def test_status_shows_the_embedded_node_and_starts_none(status, data_dir):
    assert "embedded node, not running" in status("")
    assert not (data_dir / "quickwit").exists()
