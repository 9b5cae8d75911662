"""Failed runs and failed checks are told once, and what was told is kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dagster as dg
import pytest
from sqlalchemy import create_engine, text

from orchestration.jobs import delete_old_events
from rushes.settings import get_settings
from sensors.runs import failed_checks, failed_run_sensor, finished_run_sensor, notify
from tests.integration.orchestration.worlds import World

Call = dict[str, str]


@contextmanager
def _listener(status: int) -> Iterator[tuple[str, list[Call]]]:
    """A web server on loopback that notes what it is told."""
    calls: list[Call] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            calls.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", calls
        server.shutdown()
        thread.join()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Call]]:
    """What the webhook was told."""
    with _listener(204) as (url, calls):
        _use_webhook(monkeypatch, url)
        yield calls


def _use_webhook(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("RUSHES_WEBHOOK_URL", url)
    get_settings.cache_clear()


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    yield
    get_settings.cache_clear()


def test_a_notice_is_one_call_and_one_line(
    calls: list[Call], caplog: pytest.LogCaptureFixture
) -> None:
    notify("r1", "index_videos", "a film failed")
    assert calls == [{"run_id": "r1", "job": "index_videos", "problem": "a film failed"}]
    assert [record.getMessage() for record in caplog.records if record.name == "rushes.runs"] == [
        "run r1 of index_videos: a film failed"
    ]


@pytest.mark.parametrize("status", [500, None])
def test_a_webhook_that_does_not_take_it_breaks_nothing_and_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, status: int | None
) -> None:
    with _listener(status or 200) as (url, calls):
        _use_webhook(monkeypatch, url if status else "http://127.0.0.1:1/secret-token")
        notify("r1", "index_videos", "a film failed")
        assert len(calls) == (1 if status else 0)
    assert "could not be called" in caplog.text
    assert "secret-token" not in caplog.text


def test_without_a_webhook_there_is_only_the_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("RUSHES_WEBHOOK_URL", raising=False)
    get_settings.cache_clear()
    notify("r1", "index_videos", "a film failed")
    assert "a film failed" in caplog.text


def _context(world: World, run: dg.DagsterRun, event: dg.DagsterEvent) -> dg.RunStatusSensorContext:
    return dg.build_run_status_sensor_context(
        sensor_name="sensor", dagster_event=event, dagster_instance=world.instance, dagster_run=run
    )


def test_a_failed_run_and_a_failed_check_are_told_each_once(
    world: World, calls: list[Call]
) -> None:
    (world.root / "bad.mp4").write_text("no film")
    ids = world.index()
    (failed,) = world.instance.get_runs()
    records = world.instance.all_logs(failed.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
    (ending,) = [record.dagster_event for record in records]
    assert ending is not None
    failed_run_sensor(_context(world, failed, ending).for_run_failure())
    (told,) = calls
    assert (told["run_id"], told["job"]) == (failed.run_id, "index_videos")

    calls.clear()
    result = world.execute(checks=("library_scan:no_film_left_failed",))
    run = world.instance.get_run_by_id(result.run_id)
    assert run is not None
    assert run.status is dg.DagsterRunStatus.SUCCESS
    assert failed_checks(world.instance, run.run_id) == ["library_scan:no_film_left_failed"]
    finished_run_sensor(_context(world, run, result.all_events[-1]))
    (told,) = calls
    assert told["problem"] == "checks failed: library_scan:no_film_left_failed"

    calls.clear()
    world.clip("bad.mp4")
    assert world.index() == ids
    quiet = world.execute(checks=("library_scan:no_film_left_failed",))
    run = world.instance.get_run_by_id(quiet.run_id)
    assert run is not None
    finished_run_sensor(_context(world, run, quiet.all_events[-1]))
    assert calls == []


def test_old_chatter_goes_and_what_says_how_partitions_stand_is_kept(world: World) -> None:
    (world.root / "bad.mp4").write_text("no film")
    world.clip("good.mp4")
    ids = world.index()
    world.execute(checks=("scenes:scenes_cover_the_film",), key=ids["good.mp4"])
    names = ("source_video", "media_pass", "scenes", "transcript", "scene_ranges")
    before = {name: world.statuses(name) for name in names}
    assert before["scenes"] == {"bad.mp4": "FAILED", "good.mp4": "MATERIALIZED"}
    key = dg.AssetCheckKey(dg.AssetKey("scenes"), "scenes_cover_the_film")
    told = world.instance.event_log_storage.get_asset_check_execution_history(key, limit=10)
    url = get_settings().dagster_database_url or ""
    engine = create_engine(url.replace("+psycopg", "+psycopg2"))
    with engine.begin() as connection:
        connection.execute(text("update event_logs set timestamp = now() - interval '40 days'"))
        count = connection.execute(text("select count(*) from event_logs")).scalar_one()
    now = datetime.now(UTC)
    assert delete_old_events(str(engine.url.render_as_string(False)), now - timedelta(50)) == 0
    removed = delete_old_events(str(engine.url.render_as_string(False)), now - timedelta(30))
    engine.dispose()
    assert 0 < removed < count
    assert {name: world.statuses(name) for name in names} == before
    for name in names:
        assert world.materializations(name, ids["good.mp4"]) == 1
    kept = world.instance.event_log_storage.get_asset_check_execution_history(key, limit=10)
    assert [each.status for each in kept] == [each.status for each in told]
    assert all(each.event is not None for each in kept)
