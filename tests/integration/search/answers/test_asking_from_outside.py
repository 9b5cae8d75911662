"""Search over HTTP and on the command line, with an engine and without it."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, insert, select, update
from typer.testing import CliRunner, Result

from orchestration.cli.app import app
from orchestration.cli.output import EXIT_USAGE
from rushes.api.app import make_app
from rushes.db.search_tables import search_sync_queue
from rushes.db.tables import asset
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.startup import close_context
from rushes.settings import Settings, get_settings
from tests.integration.api.hostile_texts import NASTY, ask_all, random_text
from tests.integration.search.answers.search_world import QUERIES, World

AWAY = "http://127.0.0.1:9"
_COUNT, _DEEP_COUNT = 200, 20_000

Over = Callable[[str], TestClient]
Rushes = Callable[..., Result]


@pytest.fixture
def over(indexed_world: World, data_dir: Path) -> Iterator[Over]:
    """The API with the search engine at an address."""
    contexts: list[PipelineContext] = []

    def made(address: str) -> TestClient:
        settings = Settings(data_dir=data_dir, QUICKWIT_URL=address)
        context = PipelineContext(settings, indexed_world.engine)
        contexts.append(context)
        return TestClient(make_app(context), raise_server_exceptions=False)

    yield made
    for context in contexts:
        context.quickwit.close()


@pytest.fixture
def rushes(
    indexed_world: World, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Rushes]:
    """`rushes search` with the search engine at an address."""
    address = indexed_world.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("RUSHES_DATABASE_URL", address)
    monkeypatch.setenv("RUSHES_DATA_DIR", str(data_dir))

    def run(engine: str, *arguments: str) -> Result:
        monkeypatch.setenv("RUSHES_QUICKWIT_URL", engine)
        get_settings.cache_clear()
        try:
            return CliRunner().invoke(app, ["search", *arguments])
        finally:
            close_context(get_settings())

    yield run
    get_settings.cache_clear()


def _plain(answer: dict[str, Any]) -> dict[str, Any]:
    """What does not depend on who answers."""
    hits = sorted(answer["hits"], key=lambda hit: str(hit["doc_id"]))
    return {**answer, "hits": hits, "took_ms": 0, "search_source": "", "missing": []}


def test_the_engine_answers_and_without_it_postgres_the_same_and_that_is_loud(
    over: Over, node_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    here, away = over(node_url), over(AWAY)
    for text in ("dogs", '"in the garden"', "dog -cat", "zebra garden"):
        asked = {"q": text, "limit": 1000, "facets": "person,library"}
        by_engine = here.get("/v1/search", params=asked).json()
        assert (by_engine["search_source"], by_engine["missing"]) == ("quickwit", [])
        assert not caplog.records
        by_postgres = away.get("/v1/search", params=asked).json()
        assert by_postgres["search_source"] == "postgres"
        assert by_postgres["missing"][0]["what"] == "quickwit"
        assert _plain(by_postgres) == _plain(by_engine)
        (record,) = [each for each in caplog.records if each.levelno >= logging.ERROR]
        assert record.exc_info
        caplog.clear()
    numbers = away.get("/metrics").text
    assert 'rushes_searches_total{search_source="postgres"} 4.0' in numbers
    failures = 'rushes_search_engine_failures_total{code="search_engine_unavailable"}'
    assert f"{failures} 4.0" in numbers
    assert 'rushes_searches_total{search_source="quickwit"} 4.0' in here.get("/metrics").text


def test_no_text_breaks_the_engine_or_finds_what_a_filter_keeps_out(
    over: Over, node_url: str, request: pytest.FixtureRequest
) -> None:
    asking = over(node_url)
    count = _DEEP_COUNT if request.config.getoption("--deep") else _COUNT
    source = random.Random(20240502)
    texts = [*NASTY, *QUERIES, *(random_text(source) for _ in range(count))]
    assert ask_all(asking, texts, engine="quickwit") > count / 10


def test_a_table_shows_scenes_and_one_line_who_answered(rushes: Rushes, node_url: str) -> None:
    told = rushes(
        node_url, "garden", "--library", "here", "--limit", "2", "--facets", "person,place"
    )
    assert told.exit_code == 0, told.stderr
    assert "transcript" in told.stdout
    assert "person: " in told.stdout
    assert "Ann Lee" in told.stdout
    (line,) = told.stderr.splitlines()
    assert line.startswith("2 of ")
    assert "answered by Quickwit in" in line


def test_the_same_filters_are_options(rushes: Rushes, node_url: str) -> None:
    def count(*options: str) -> int:
        told = rushes(node_url, *options, "--limit", "1000", "--json")
        return len(json.loads(told.stdout)["hits"])

    everything = count("--library", "here", "--library", "there")
    assert 0 < count("--library", "here") < everything
    for options in (
        ("--person", "Ann Lee"),
        ("--object", "dog"),
        ("--place", "beach"),
        ("--language", "de"),
        ("--favourites",),
        ("dog", "--source", "ocr", "--sort", "newest"),
    ):
        assert count(*options) < everything, options
    assert count("--language", "de") > 0
    assert count("--favourites") > 0


def test_a_person_is_told_when_words_were_loosened_or_nothing_is_there(
    rushes: Rushes, node_url: str
) -> None:
    assert "no scene has all of these words" in rushes(node_url, "zebra garden").stderr
    assert "that they are a part of" in rushes(node_url, "arde", "--source", "transcript").stderr
    assert "nothing found for: unicorn" in rushes(node_url, "unicorn").stderr
    told = rushes(node_url, "", "--json")
    assert (told.exit_code, json.loads(told.stdout)["error"]["code"]) == (EXIT_USAGE, "empty_query")


def test_a_person_is_told_in_one_line_that_the_engine_is_away(
    rushes: Rushes, data_dir: Path
) -> None:
    told = rushes(AWAY, "garden")
    assert told.exit_code == 0
    missing, answered = told.stderr.splitlines()
    assert "quickwit could not be asked (search_engine_unavailable" in missing
    assert "answered by Postgres in" in answered
    assert "Traceback" in (data_dir / "logs" / "errors.log").read_text()
    assert json.loads(rushes(AWAY, "garden", "--json").stdout)["search_source"] == "postgres"


def test_a_person_is_told_what_the_index_does_not_show_yet(
    rushes: Rushes, node_url: str, indexed_world: World
) -> None:
    assert "not in it yet" not in rushes(node_url, "garden").stderr
    waiting = [{"asset_id": f"x{number}", "action": "UPSERT"} for number in range(300)]
    with indexed_world.engine.begin() as connection:
        connection.execute(insert(search_sync_queue), waiting)
    try:
        told = rushes(node_url, "garden").stderr
    finally:
        with indexed_world.engine.begin() as connection:
            connection.execute(delete(search_sync_queue))
    assert "not in it yet: changes of 300 films; " in told
    assert "rushes search-index sync" in told


def test_a_few_changes_are_published_before_a_person_is_answered(
    rushes: Rushes, node_url: str, indexed_world: World
) -> None:
    film = indexed_world.asset_ids[0]
    changed = update(asset).where(asset.c.asset_id == film)
    with indexed_world.engine.begin() as connection:
        before = connection.execute(select(asset.c.path).where(asset.c.asset_id == film)).scalar()
        connection.execute(changed.values(path="2024/kaleidoscope.mp4"))
    told = rushes(node_url, "file:kaleidoscope")
    with indexed_world.engine.begin() as connection:
        connection.execute(changed.values(path=before))
    rushes(node_url, "garden")
    assert "answered by Quickwit" in told.stderr
    assert "kaleidoscope.mp4" in told.stdout
    assert "nothing found" in rushes(node_url, "file:kaleidoscope").stderr


def test_json_is_what_the_api_answers(rushes: Rushes, over: Over, node_url: str) -> None:
    typed = json.loads(rushes(node_url, "dog", "--json").stdout)
    sent = over(node_url).get("/v1/search", params={"q": "dog"}).json()
    times = ("took_ms", "capture_time")
    for answer in (typed, sent):
        answer.pop(times[0])
        for hit in answer["hits"]:
            hit.pop(times[1])
    assert typed == sent
