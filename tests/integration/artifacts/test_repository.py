"""The artifact repository: writing all or nothing, and reading exactly what was asked for."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from artifact_making import FILM, SCENE, SEGMENT, add_run, envelope, segment_payload
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, Table, delete, func, select, text
from sqlalchemy.exc import DBAPIError

from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.repository import ArtifactRepository
from rushes.db.tables import artifacts, runs, scene_ranges, transcript_fts
from rushes.errors import InvalidRequestError

SPAN = st.tuples(st.integers(0, 60), st.integers(1, 30)).map(lambda pair: (pair[0], sum(pair)))
PROPERTY = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def ids(found: list[ArtifactEnvelope]) -> list[str]:
    return [each.artifact_id for each in found]


def test_artifacts_and_their_projections_are_written_together(
    connection: Connection, repository: ArtifactRepository
) -> None:
    spoken, seen = add_run(connection), add_run(connection, "scenes")
    given_rows = [envelope(spoken), envelope(spoken, 1), envelope(seen, 0, SCENE)]
    assert repository.batch_create(connection, given_rows) == 3
    assert count(connection, transcript_fts) == 2
    scene = connection.execute(select(scene_ranges)).one()
    assert (scene.start_ms, scene.end_ms, scene.scene_index, scene.keyframe_ms) == (
        0,
        1000,
        0,
        2000,
    )


def test_a_failing_projection_leaves_nothing(
    film_engine: Engine, repository: ArtifactRepository
) -> None:
    with film_engine.begin() as connection:
        run_id = add_run(connection)
        connection.execute(
            text("alter table transcript_fts add constraint never check (text <> 'poison')")
        )
    rows = [envelope(run_id), envelope(run_id, 1, payload=segment_payload("poison"))]
    with pytest.raises(DBAPIError, match="never"), film_engine.begin() as connection:
        repository.batch_create(connection, rows)
    with film_engine.connect() as connection:
        assert count(connection, artifacts) == 0
        assert count(connection, transcript_fts) == 0


def test_a_retry_inserts_nothing_twice(
    connection: Connection, repository: ArtifactRepository
) -> None:
    run_id = add_run(connection)
    first, second = envelope(run_id), envelope(run_id, 1)
    repository.batch_create(connection, [first])
    repository.batch_create(connection, [first, second])
    repository.batch_create(connection, [first, second])
    assert repository.by_asset(connection, FILM) == [first, second]
    assert count(connection, transcript_fts) == 2


def test_a_retry_leaves_the_first_row_as_it_is(
    connection: Connection, repository: ArtifactRepository
) -> None:
    run_id = add_run(connection)
    repository.batch_create(connection, [envelope(run_id)])
    repository.batch_create(connection, [envelope(run_id, payload=segment_payload("changed"))])
    assert repository.by_asset(connection, FILM) == [envelope(run_id)]


@pytest.mark.parametrize("bad_at", [0, 40, 79])
def test_one_invalid_payload_among_many_writes_nothing(
    connection: Connection, repository: ArtifactRepository, bad_at: int
) -> None:
    run_id = add_run(connection)
    rows = [envelope(run_id, number) for number in range(80)]
    rows[bad_at] = envelope(run_id, bad_at, payload={**segment_payload(), "confidence": 1.5})
    with pytest.raises(InvalidRequestError, match="confidence") as raised:
        repository.batch_create(connection, rows)
    assert raised.value.code == "bad_payload"
    # The transaction is still sound, so nothing had reached the database.
    assert count(connection, artifacts) == 0


def test_an_artifact_of_an_unknown_run_is_refused(
    film_engine: Engine, repository: ArtifactRepository
) -> None:
    with pytest.raises(Exception, match="fk_artifacts_run_id"), film_engine.begin() as connection:
        repository.batch_create(connection, [envelope("nobody")])


def test_nothing_to_write_is_no_error(
    connection: Connection, repository: ArtifactRepository
) -> None:
    assert repository.batch_create(connection, []) == 0


def test_get_gives_the_very_envelope_that_was_written(
    connection: Connection, repository: ArtifactRepository
) -> None:
    written = envelope(add_run(connection))
    repository.batch_create(connection, [written])
    assert repository.get(connection, written.artifact_id) == written
    assert repository.get(connection, "unknown") is None


def test_by_asset_keeps_to_type_and_runs_in_the_order_of_time(
    connection: Connection, repository: ArtifactRepository
) -> None:
    old, new, seen = add_run(connection), add_run(connection), add_run(connection, "scenes")
    rows = [envelope(new, 2), envelope(old, 1), envelope(new, 0), envelope(seen, 0, SCENE)]
    repository.batch_create(connection, rows)
    found = repository.by_asset(connection, FILM)
    assert ids(found) == ids(sorted(rows, key=lambda each: (each.span_start_ms, each.artifact_id)))
    assert repository.by_asset(connection, FILM, SEGMENT, [new]) == [rows[2], rows[0]]
    assert repository.by_asset(connection, FILM, run_ids=[]) == []
    assert repository.by_asset(connection, "another") == []


@PROPERTY
@given(spans=st.lists(SPAN, max_size=12), wanted=SPAN)
def test_by_span_is_exactly_the_overlap_set(
    film_engine: Engine,
    repository: ArtifactRepository,
    spans: list[tuple[int, int]],
    wanted: tuple[int, int],
) -> None:
    with film_engine.connect() as connection:
        run_id = add_run(connection)
        rows = [envelope(run_id, number, span=span) for number, span in enumerate(spans)]
        repository.batch_create(connection, rows)
        found = set(ids(repository.by_span(connection, FILM, *wanted)))
        connection.rollback()
    moments = set(range(*wanted))
    assert found == {
        each.artifact_id
        for each in rows
        if moments & set(range(each.span_start_ms, each.span_end_ms))
    }


def test_by_provenance_narrows_with_each_thing_it_is_told(
    connection: Connection, repository: ArtifactRepository
) -> None:
    run_id = add_run(connection)
    plain = envelope(run_id)
    newer = envelope(run_id, 1, producer_version="1.3")
    tuned = envelope(run_id, 2, config_hash="tuned")
    repository.batch_create(connection, [plain, newer, tuned])
    assert repository.by_provenance(connection, "faster-whisper") == [plain, newer, tuned]
    assert repository.by_provenance(connection, "faster-whisper", "1.2") == [plain, tuned]
    assert repository.by_provenance(connection, "faster-whisper", "1.2", "tuned") == [tuned]
    assert repository.by_provenance(connection, "srt") == []


def test_delete_run_takes_its_artifacts_and_projections_and_no_others(
    connection: Connection, repository: ArtifactRepository
) -> None:
    gone, kept = add_run(connection), add_run(connection)
    repository.batch_create(connection, [envelope(gone), envelope(kept)])
    repository.delete_run(connection, gone)
    assert repository.by_asset(connection, FILM) == [envelope(kept)]
    assert connection.execute(select(transcript_fts.c.run_id)).scalars().all() == [kept]
    assert connection.execute(select(runs.c.run_id)).scalars().all() == [kept]


def test_one_workers_broken_connection_leaves_another_working(
    film_engine: Engine, repository: ArtifactRepository
) -> None:
    with film_engine.begin() as connection:
        run_id = add_run(connection)
    broken, sound = film_engine.connect(), film_engine.connect()
    with broken, sound:
        killed = broken.execute(select(func.pg_backend_pid())).scalar_one()
        sound.execute(select(func.pg_terminate_backend(killed)))
        with pytest.raises(Exception, match=r"terminating connection|closed"):
            repository.batch_create(broken, [envelope(run_id)])
        broken.invalidate()
        assert repository.batch_create(sound, [envelope(run_id)]) == 1


@pytest.mark.parametrize("field", [each.name for each in fields(ArtifactEnvelope)])
def test_the_table_refuses_what_the_envelope_refuses(
    connection: Connection, repository: ArtifactRepository, field: str
) -> None:
    run_id = add_run(connection)
    repository.batch_create(connection, [envelope(run_id)])
    connection.execute(delete(transcript_fts))
    empty: Any = None
    with pytest.raises(DBAPIError, match=field):
        connection.execute(artifacts.update().values({field: empty}))
