"""Deleting films: nothing of theirs is left, nothing of others is lost, however it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import Engine, func, insert, select, text

from rushes.artifacts.policies import set_policy
from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import ArtifactType
from rushes.db.search_tables import search_sync_queue
from rushes.db.tables import metadata
from rushes.db.user_tables import audit_log, favourite_scenes
from rushes.documents import verify
from rushes.errors import NotFoundError
from rushes.pipeline.chunk import run_chunk
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.deletion import (
    DELETION,
    FilmDeletion,
    InFlightError,
    earlier_deletion,
    planned_deletion,
)
from rushes.pipeline.outcome import OutcomeStatus, StageOutcome
from rushes.settings import PROJECT_ROOT
from tests.idle_runner import IdleRunner
from tests.integration.indexed_films import IndexedFilms
from tests.integration.pipeline.fake_stages import PROFILE, FakeAnalyser

STAGES = ("scenes", "transcript")
BOUNDARIES = ("documents", "cache", "partitions", "rows")

pytestmark = pytest.mark.usefixtures("fakes")


def _analyse(pipeline: PipelineContext, *films: str) -> list[StageOutcome]:
    return list(run_chunk(pipeline, films, STAGES, PROFILE))


def _cache(pipeline: PipelineContext, content_hash: str) -> None:
    """An entry of that content, as far as forgetting it looks at one."""
    folder = pipeline.cache.root / "ab" / f"ab-{content_hash}"
    folder.mkdir(parents=True)
    summary = {"content_hash": content_hash, "bytes": 1000}
    (folder / "summary.json").write_text(json.dumps(summary))
    (folder / "manifest.json").write_text("{}")


def _cached(pipeline: PipelineContext, content_hash: str) -> bool:
    return pipeline.cache.bytes_of(content_hash) > 0


def _documents(pipeline: PipelineContext) -> set[str]:
    assert verify(pipeline.documents) == []
    return {each.asset_id for each in pipeline.documents.walk()}


def _tables_with(engine: Engine, asset_id: str) -> set[str]:
    """The tables that have a row of that film, but for the search engine's outbox."""
    with engine.connect() as connection:
        return {
            table.name
            for table in metadata.sorted_tables
            if "asset_id" in table.c
            and table is not search_sync_queue
            and connection.scalar(
                select(func.count()).select_from(table).where(table.c.asset_id == asset_id)
            )
        }


def _delete(pipeline: PipelineContext, *films: str, runner: IdleRunner | None = None) -> None:
    FilmDeletion(pipeline, runner or IdleRunner(), "Ada").delete(films)


def test_nothing_of_a_deleted_film_is_left_and_all_of_the_others(
    pipeline: PipelineContext, films: IndexedFilms
) -> None:
    doomed, other = films.film(content_hash="doomed"), films.film(content_hash="other")
    _analyse(pipeline, doomed, other)
    for content in ("doomed", "other"):
        _cache(pipeline, content)
    with pipeline.engine.begin() as connection:
        values = {"asset_id": doomed, "content_version": 1, "start_ms": 0, "end_ms": 500}
        connection.execute(insert(favourite_scenes).values(values))
        policy = Selection(SelectionMode.BEST_QUALITY)
        set_policy(connection, [doomed, other], [ArtifactType.SCENE], policy)
    kept = _tables_with(pipeline.engine, other)
    assert kept >= {"asset", "runs", "artifacts", "current_runs", "film_vocabulary"}
    (planned,) = planned_deletion(pipeline, [doomed])
    assert (planned.runs, planned.artifacts, planned.favourites) == (2, 4, 1)
    assert (planned.documents, planned.cache_bytes) == (2, 1000)
    runner = IdleRunner()
    assert FilmDeletion(pipeline, runner, "Ada").delete([doomed, doomed]) == [planned]
    assert _tables_with(pipeline.engine, doomed) == set()
    assert _tables_with(pipeline.engine, other) == kept
    assert _documents(pipeline) == {other}
    assert (_cached(pipeline, "doomed"), _cached(pipeline, "other")) == (False, True)
    assert runner.forgotten == [doomed]
    with pipeline.engine.connect() as connection:
        totals = text("select sum(films) from vocabulary where label = '' and kind = 'scene'")
        assert connection.scalar(totals) == 1
        (entry,) = connection.execute(select(audit_log).where(audit_log.c.action == DELETION))
        earlier = earlier_deletion(connection, doomed)
    assert (entry.actor, entry.subject) == ("Ada", doomed)
    assert earlier is not None
    assert earlier.removed == planned


def test_what_a_twin_still_needs_stays_and_goes_with_the_last_of_them(
    pipeline: PipelineContext, films: IndexedFilms
) -> None:
    one, twin = (films.film(content_hash="same") for _ in range(2))
    _analyse(pipeline, one, twin)
    _cache(pipeline, "same")
    (planned,) = planned_deletion(pipeline, [one])
    assert (planned.documents, planned.cache_bytes) == (0, 0)
    _delete(pipeline, one)
    assert (_documents(pipeline), _cached(pipeline, "same")) == ({one}, True)
    _delete(pipeline, twin)
    assert (_documents(pipeline), _cached(pipeline, "same")) == (set(), False)


@pytest.mark.parametrize("where", ["Dagster", "Rushes"])
def test_a_film_in_flight_is_refused_with_all_that_were_asked_for(
    pipeline: PipelineContext, films: IndexedFilms, where: str
) -> None:
    busy, idle = films.film(), films.film()
    runner = IdleRunner([busy] if where == "Dagster" else [])
    if where == "Rushes":
        films.run(busy, [], stage="scenes", status="running")
    with pytest.raises(InFlightError, match=busy) as caught:
        _delete(pipeline, idle, busy, runner=runner)
    assert (caught.value.code, caught.value.http_status) == ("in_flight", 409)
    assert runner.forgotten == []
    assert "asset" in _tables_with(pipeline.engine, idle)


def test_a_film_that_is_being_written_is_not_waited_for(
    pipeline: PipelineContext, films: IndexedFilms
) -> None:
    film = films.film()
    with pipeline.engine.begin() as writer:
        writer.execute(text("select 1 from asset where asset_id = :id for key share"), {"id": film})
        with pytest.raises(InFlightError, match=film):
            _delete(pipeline, film)
    _delete(pipeline, film)


def test_a_run_whose_process_died_holds_nothing_up(
    pipeline: PipelineContext, films: IndexedFilms
) -> None:
    film = films.film()
    films.run(film, [], stage="scenes", status="running")
    films.worker.close()
    _delete(pipeline, film)
    assert _tables_with(pipeline.engine, film) == set()


def test_a_deletion_that_is_killed_at_any_boundary_is_finished_by_the_next(
    pipeline: PipelineContext, films: IndexedFilms
) -> None:
    doomed, other = films.film(content_hash="doomed"), films.film()
    _analyse(pipeline, doomed, other)
    _cache(pipeline, "doomed")
    before = _tables_with(pipeline.engine, doomed)
    url = pipeline.engine.url.render_as_string(hide_password=False)
    process = [sys.executable, "-m", "tests.integration.pipeline.killed_deletion", url]
    arguments = [str(pipeline.settings.data_dir), doomed, *BOUNDARIES]
    ended = subprocess.run(
        [*process, *arguments], cwd=PROJECT_ROOT, check=True, capture_output=True, text=True
    )
    assert ended.stdout.split() == list(BOUNDARIES)
    assert _tables_with(pipeline.engine, doomed) == before
    _delete(pipeline, doomed)
    assert _tables_with(pipeline.engine, doomed) == set()
    assert (_documents(pipeline), _cached(pipeline, "doomed")) == ({other}, False)


def test_a_run_that_starts_in_the_middle_ends_with_an_error_and_leaves_nothing(
    pipeline: PipelineContext, films: IndexedFilms, fakes: dict[str, FakeAnalyser]
) -> None:
    doomed, other = films.film(content_hash="doomed"), films.film()
    reached, go_on = Event(), Event()

    def wait(boundary: str) -> None:
        if boundary == "documents":
            reached.set()
            assert go_on.wait(20)

    deletion = FilmDeletion(pipeline, IdleRunner(), "Ada", crash_points=wait)
    with ThreadPoolExecutor(2) as threads:
        deleted = threads.submit(deletion.delete, [doomed])
        assert reached.wait(20)
        ran = threads.submit(_analyse, pipeline, doomed, other)
        _await_a_waiting_insert(pipeline.engine)
        go_on.set()
        deleted.result(20)
        outcomes = ran.result(20)
    errors = {each.error.code for each in outcomes if each.error}
    failed = {each.asset_id for each in outcomes if not each.succeeded}
    assert (errors, failed) == ({"video_deleted"}, {doomed})
    assert sum(each.status is OutcomeStatus.COMPLETED for each in outcomes) == len(STAGES)
    assert _tables_with(pipeline.engine, doomed) == set()
    assert _documents(pipeline) == {other}
    assert fakes["transcript"].asked == [other]


def _await_a_waiting_insert(engine: Engine) -> None:
    """Until the run's first row waits for the deletion."""
    waiting = text(
        "select 1 from pg_stat_activity where wait_event_type = 'Lock'"
        " and query ilike 'insert into runs%' and datname = current_database()"
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for _ in range(400):
            if connection.scalar(waiting):
                return
            Event().wait(0.05)
    raise AssertionError("no run waits")


def test_a_film_that_was_never_there_was_never_deleted(pipeline: PipelineContext) -> None:
    with pytest.raises(NotFoundError) as caught:
        _delete(pipeline, "nothing")
    assert caught.value.code == "video_not_found"
    with pipeline.engine.connect() as connection:
        assert earlier_deletion(connection, "nothing") is None
