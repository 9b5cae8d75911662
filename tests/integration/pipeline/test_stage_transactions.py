"""Document first, then everything else in one transaction: what stands after each failure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Engine, func, make_url, select, text

from rushes.analysis.protocol import Finding
from rushes.artifacts.runs import (
    RunLostError,
    RunStart,
    Worker,
    complete_run,
    start_run,
    sweep_dead_runs,
)
from rushes.db.engine import make_engine
from rushes.db.tables import artifacts, runs, scene_ranges, transcript_fts
from rushes.documents import DocumentStatus
from rushes.errors import AnalysisError
from rushes.pipeline.chunk import run_chunk
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.outcome import OutcomeStatus, StageOutcome
from rushes.pipeline.replay import replay
from tests.integration.indexed_films import IndexedFilms
from tests.integration.pipeline.fake_stages import FINDINGS, PROFILE, FakeAnalyser

ALL = tuple(stage for stage in FINDINGS if stage != "source_video")
"""Of films that have no file, all stages but the one that opens it."""

_REFUSE = """
create function refuse() returns trigger language plpgsql as
$$ begin raise exception 'refused by the test'; end $$;
create trigger refuse before {event} on {table} for each row {when} execute function refuse();
"""
_BREAKAGES = {
    "artifacts": {"event": "insert", "table": "artifacts", "when": ""},
    "projection": {"event": "insert", "table": "transcript_fts", "when": ""},
    "film's row": {"event": "update", "table": "asset", "when": ""},
    "run's end": {
        "event": "update",
        "table": "runs",
        "when": "when (new.status = 'completed')",
    },
}


def _run(pipeline: PipelineContext, *asset_ids: str, stages: Sequence[str]) -> list[StageOutcome]:
    return list(run_chunk(pipeline, asset_ids, stages, PROFILE))


def _count(engine: Engine, table: Any, *where: Any) -> int:
    with engine.connect() as connection:
        query = select(func.count()).select_from(table).where(*where)
        return int(connection.execute(query).scalar_one())


def _held(engine: Engine) -> list[tuple[Any, ...]]:
    """What artifacts and projections say, without ids and times of writing."""
    said = (artifacts.c.artifact_type, artifacts.c.span_start_ms, artifacts.c.payload)
    with engine.connect() as connection:
        rows = connection.execute(
            select(artifacts.c.asset_id, *said, transcript_fts.c.text, scene_ranges.c.scene_index)
            .outerjoin(transcript_fts, transcript_fts.c.artifact_id == artifacts.c.artifact_id)
            .outerjoin(scene_ranges, scene_ranges.c.artifact_id == artifacts.c.artifact_id)
            .order_by(artifacts.c.asset_id, *said[:2])
        )
        return [tuple(row) for row in rows]


@pytest.mark.parametrize("breakage", _BREAKAGES)
def test_a_failed_write_leaves_nothing_and_the_next_try_asks_no_model(
    pipeline: PipelineContext,
    films: IndexedFilms,
    fakes: dict[str, FakeAnalyser],
    breakage: str,
) -> None:
    film, engine = films.film(), films.engine
    with engine.begin() as connection:
        connection.exec_driver_sql(_REFUSE.format(**_BREAKAGES[breakage]))
    (failed,) = _run(pipeline, film, stages=["transcript"])
    assert failed.status is OutcomeStatus.FAILED
    assert failed.error is not None
    assert "refused by the test" in str(failed.error)
    assert _count(engine, artifacts) == _count(engine, transcript_fts) == 0
    assert _count(engine, runs, runs.c.status == "completed") == 0
    with engine.begin() as connection:
        connection.execute(text("drop function refuse cascade"))
    (mended,) = _run(pipeline, film, stages=["transcript"])
    assert mended.status is OutcomeStatus.REUSED
    assert fakes["transcript"].asked == [film]
    assert _count(engine, artifacts) == _count(engine, transcript_fts) == 2
    with engine.connect() as connection:
        standing = connection.execute(select(runs).order_by(runs.c.started_at)).all()
    assert [(run.status, run.attempt) for run in standing] == [("failed", 1), ("completed", 2)]
    assert standing[0].error_text is not None
    assert standing[1].doc_id is not None


def _no_such_schema(found: Sequence[Finding]) -> Sequence[Finding]:
    return [Finding(each.artifact_type, 0, 1, {"wrong": True}) for each in found]


def _raise(found: Sequence[Finding]) -> Sequence[Finding]:
    raise KeyError("said")


@pytest.mark.parametrize("parser", [_no_such_schema, _raise])
def test_output_that_cannot_be_read_stays_on_disk_as_it_was(
    pipeline: PipelineContext,
    films: IndexedFilms,
    fakes: dict[str, FakeAnalyser],
    parser: Any,
) -> None:
    film = films.film()
    fakes["transcript"].break_parser = parser
    (failed,) = _run(pipeline, film, stages=["transcript"])
    assert failed.error is not None
    assert (failed.error.code, failed.error.retryable) == ("parse_error", False)
    (document,) = pipeline.documents.walk("transcript")
    assert document.status is DocumentStatus.PARSE_ERROR
    assert b"the dogs walk" in pipeline.documents.read_raw(document)
    assert _count(films.engine, artifacts) == 0
    fakes["transcript"].break_parser = lambda found: found
    (mended,) = _run(pipeline, film, stages=["transcript"])
    assert mended.succeeded
    assert _count(films.engine, transcript_fts) == 2


def test_a_model_that_fails_is_recorded_in_a_document_and_the_run(
    pipeline: PipelineContext, films: IndexedFilms, fakes: dict[str, FakeAnalyser]
) -> None:
    def broken(asset_id: str) -> None:
        raise AnalysisError("the weights melted", code="stage_error", retryable=True)

    fakes["scenes"].break_model = broken
    (failed,) = _run(pipeline, films.film(), stages=["scenes"])
    assert failed.error is not None
    assert failed.error.retryable
    (document,) = pipeline.documents.walk("scenes")
    assert document.status is DocumentStatus.STAGE_ERROR
    with films.engine.connect() as connection:
        run = connection.execute(select(runs)).one()
    assert (run.status, run.error_text, run.error_retryable) == (
        *("failed", "the weights melted", True),
    )


def test_a_film_that_fails_skips_its_later_stages_and_leaves_its_neighbours_alone(
    pipeline: PipelineContext, films: IndexedFilms, fakes: dict[str, FakeAnalyser]
) -> None:
    good, bad, fine = (films.film() for _ in range(3))

    def broken(asset_id: str) -> None:
        if asset_id == bad:
            raise AnalysisError("no picture")

    fakes["media_pass"].break_model = broken
    outcomes = _run(pipeline, good, bad, fine, "unknown", stages=ALL)
    found = {(each.asset_id, each.stage): each.status for each in outcomes}
    assert {found[film, stage] for film in (good, fine) for stage in ALL} == {"completed"}
    assert found[bad, "media_pass"] == "failed"
    assert {found[bad, stage] for stage in ALL if stage != "media_pass"} == {"skipped"}
    assert {found["unknown", stage] for stage in ALL} == {"failed"}
    assert fakes["scenes"].asked == [good, fine]
    assert _count(films.engine, runs, runs.c.asset_id == bad) == 1


def test_work_that_stands_is_not_done_again(
    pipeline: PipelineContext, films: IndexedFilms, fakes: dict[str, FakeAnalyser]
) -> None:
    film = films.film()
    first = _run(pipeline, film, stages=ALL)
    again = _run(pipeline, film, stages=ALL)
    assert {each.status for each in again} == {OutcomeStatus.UNCHANGED}
    assert [each.run_id for each in again] == [each.run_id for each in first]
    assert [each.data_version for each in again] == [each.data_version for each in first]
    assert all(fakes[stage].asked == [film] for stage in ALL)


def test_a_duplicate_of_a_film_asks_no_model(
    pipeline: PipelineContext, films: IndexedFilms, fakes: dict[str, FakeAnalyser]
) -> None:
    one, other = films.film(content_hash="same"), films.film(content_hash="same")
    _run(pipeline, one, stages=ALL)
    outcomes = _run(pipeline, other, stages=ALL)
    assert {each.status for each in outcomes} == {OutcomeStatus.REUSED}
    assert all(fakes[stage].asked == [one] for stage in ALL)
    held = _held(films.engine)
    assert [row[1:] for row in held if row[0] == one] == [
        row[1:] for row in held if row[0] == other
    ]


def test_documents_fill_an_emptied_database(
    pipeline: PipelineContext, films: IndexedFilms, fakes: dict[str, FakeAnalyser]
) -> None:
    one, other, twin = films.film(), films.film(content_hash="x"), films.film(content_hash="x")
    _run(pipeline, one, other, twin, stages=ALL)
    before = _held(films.engine)
    with films.engine.begin() as connection:
        connection.execute(runs.delete())
    assert _held(films.engine) == []
    outcomes = list(replay(pipeline))
    assert {each.status for each in outcomes} == {OutcomeStatus.REUSED}
    assert _held(films.engine) == before
    assert len(before) == 12
    assert list(replay(pipeline)) == []
    assert all(fakes[stage].asked == [one, other] for stage in ALL)


def test_the_run_of_a_worker_that_died_is_failed_and_a_living_ones_is_not(
    films: IndexedFilms, database_url: str
) -> None:
    film = films.film()
    start = RunStart(film, 1, "scenes", PROFILE, "config", "input", "test", "1")
    doomed = make_engine(
        make_url(database_url)
        .update_query_dict({"application_name": "doomed"})
        .render_as_string(hide_password=False)
    )
    dying = Worker(doomed)
    with films.engine.begin() as connection:
        lost, _ = start_run(connection, start, dying)
        alive, _ = start_run(connection, start, films.worker)
    assert sweep_dead_runs(films.engine) == []
    with films.engine.begin() as connection:
        connection.execute(
            text(
                "select pg_terminate_backend(pid, 5000) from pg_locks"
                " where locktype = 'advisory' and (classid::bigint << 32 | objid::bigint) = :key"
            ),
            {"key": dying.key},
        )
    assert sweep_dead_runs(films.engine) == [lost]
    with films.engine.connect() as connection:
        found = {
            row.run_id: (row.status, row.error_code, row.error_retryable)
            for row in connection.execute(select(runs))
        }
    assert found == {lost: ("failed", "worker_died", True), alive: ("running", None, None)}
    with pytest.raises(RunLostError), films.engine.begin() as connection:
        complete_run(connection, lost, doc_id=None, counts={}, timings={})
    dying.close()
    doomed.dispose()


def test_what_a_swept_run_found_is_not_written(
    pipeline: PipelineContext, films: IndexedFilms, fakes: dict[str, FakeAnalyser]
) -> None:
    def swept_meanwhile(asset_id: str) -> None:
        with films.engine.begin() as connection:
            connection.execute(runs.update().values(status="failed", finished_at=func.now()))

    fakes["scenes"].break_model = swept_meanwhile
    (lost,) = _run(pipeline, films.film(), stages=["scenes"])
    assert lost.error is not None
    assert (lost.error.code, lost.error.retryable) == ("run_lost", True)
    assert _count(films.engine, artifacts) == 0
