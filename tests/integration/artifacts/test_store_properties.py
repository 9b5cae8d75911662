"""What holds of the store whatever happened to a film, on a real Postgres."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields

import pytest
from artifact_making import FILM, SEGMENT, envelope, segment_payload
from histories import LAST_MS, SPANS, History, MadeRun, histories, in_order, selections
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from settling import settle
from sqlalchemy import Connection, Engine, func, select, text, update
from sqlalchemy.exc import DBAPIError

from rushes.artifacts.derived import FILM_ANSWERS, verify
from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.policies import set_policy
from rushes.artifacts.provenance import Provenance, provenance
from rushes.artifacts.queries import Range
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.selection import (
    Selection,
    SelectionMode,
    selected_run_ids,
    stands,
)
from rushes.db.answer_tables import film_vocabulary
from rushes.db.tables import artifacts, asset, runs, transcript_fts
from rushes.errors import InvalidRequestError

STORE = settings(max_examples=110, deadline=None, phases=[Phase.explicit, Phase.generate])
FEWER = settings(STORE, max_examples=60)
LATEST = Selection(SelectionMode.LATEST)


@contextmanager
def rolled_back(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="module")
def store() -> ArtifactRepository:
    from rushes.artifacts.registry import default_registry

    return ArtifactRepository(default_registry())


def walked(
    connection: Connection,
    store: ArtifactRepository,
    span: Range,
    selection: Selection | None,
    limit: int,
) -> list[ArtifactEnvelope]:
    """All pages, one after the other."""
    found: list[ArtifactEnvelope] = []
    cursor = None
    while True:
        page = store.page(connection, FILM, SEGMENT, span, selection, cursor=cursor, limit=limit)
        found += page.artifacts
        if (cursor := page.cursor) is None:
            return found


@STORE
@given(
    data=st.data(), history=histories(), stored=st.booleans(), span=SPANS, limit=st.integers(2, 5)
)
def test_every_reader_gets_exactly_what_the_selection_and_the_range_say(
    store_database: Engine,
    store: ArtifactRepository,
    data: st.DataObject,
    history: History,
    stored: bool,
    span: tuple[int, int],
    limit: int,
) -> None:
    selection = data.draw(selections(history))
    pinnable = {each.run_id for each in history.runs if each.origin != "human"}
    stored &= selection.mode is not SelectionMode.PINNED or selection.pinned_run_id in pinnable
    asked = None if stored else selection
    with rolled_back(store_database) as connection:
        history.write(connection, store)
        if stored:
            set_policy(connection, [FILM], [SEGMENT], selection)
            settle(connection)
        chosen = set(selected_run_ids(connection, FILM, SEGMENT, asked))
        found = store.answering(connection, FILM, SEGMENT, selection=asked)
        inside = store.answering(connection, FILM, SEGMENT, Range(*span), asked)
        pages = walked(connection, store, Range(*span), asked, limit)
        every_type = store.page(connection, FILM, None, Range(from_ms=span[0]), asked, limit=50)
        every_run = store.by_span(connection, FILM, *span)
        projected = _projected(connection, asked)
    expected = history.standing(selection)
    assert chosen == history.answering(selection)
    assert found == expected
    assert projected == [each.artifact_id for each in expected]
    assert inside == pages == _overlapping(expected, *span)
    assert list(every_type.artifacts) == _overlapping(expected, span[0], LAST_MS)
    everything = in_order([each for run in history.runs for each in run.held])
    assert every_run == _overlapping(everything, *span)


def _projected(connection: Connection, selection: Selection | None) -> list[str]:
    table = transcript_fts
    query = select(table.c.artifact_id).where(
        table.c.asset_id == FILM, stands(table, FILM, "transcript", selection)
    )
    ordered = query.order_by(table.c.start_ms, table.c.artifact_id)
    return list(connection.execute(ordered).scalars())


def _overlapping(found: list[ArtifactEnvelope], start: int, end: int) -> list[ArtifactEnvelope]:
    """Those that share a millisecond with [start, end), by counting them."""
    wanted = set(range(start, end))
    return [each for each in found if wanted & set(range(each.span_start_ms, each.span_end_ms))]


@STORE
@given(history=histories(), data=st.data())
def test_every_artifact_stands_as_it_was_written_with_its_run_and_its_origin(
    store_database: Engine, store: ArtifactRepository, history: History, data: st.DataObject
) -> None:
    """Runs of any profile, version or origin leave one another as they are."""
    written = {each.artifact_id: (run, each) for run in history.runs for each in run.held}
    looked_at = data.draw(st.sampled_from(sorted(written))) if written else None
    with rolled_back(store_database) as connection:
        history.write(connection, store)
        held = store.by_asset(connection, FILM)
        table = transcript_fts
        rows = connection.execute(select(table.c.artifact_id, table.c.run_id, table.c.text)).all()
        told = provenance(connection, store, looked_at) if looked_at else None
    assert held == in_order([each for _, each in written.values()])
    assert {tuple(row) for row in rows} == {
        (each.artifact_id, run.run_id, each.payload["text"]) for run, each in written.values()
    }
    for each in held:
        assert all(getattr(each, field.name) not in (None, "") for field in fields(each))
    if told is not None and looked_at is not None:
        _assert_provenance(told, history, *written[looked_at])


def _assert_provenance(
    told: Provenance, history: History, run: MadeRun, each: ArtifactEnvelope
) -> None:
    assert told.artifact == each
    assert (told.run.run_id, told.run.origin) == (run.run_id, run.origin)
    assert (told.run.status, told.run.language) == (run.status, run.language)
    assert told.is_current == (run.version == history.version)
    replaced = each.artifact_id in history.replaced()
    assert bool(told.replaced_by) == replaced
    assert told.answers == (run.run_id in history.answering(LATEST) and not replaced)


@FEWER
@given(history=histories(), gone=st.integers(0, 5), version=st.integers(1, 3))
def test_what_is_derived_of_the_film_follows_whatever_changes_it(
    store_database: Engine, store: ArtifactRepository, history: History, gone: int, version: int
) -> None:
    spans = film_vocabulary.c.spans
    with rolled_back(store_database) as connection:
        history.write(connection, store)
        counted = connection.scalar(
            select(spans).where(
                film_vocabulary.c.kind == "transcript", film_vocabulary.c.label == ""
            )
        )
        for run in history.runs[gone:][:1]:
            store.delete_run(connection, run.run_id)
        settle(connection)
        after_deletion = _drift(connection)
        connection.execute(update(asset).values(content_version=version))
        settle(connection)
        after_new_content = _drift(connection)
    assert (counted or 0) == len(history.standing(LATEST))
    assert (after_deletion, after_new_content) == ({}, {})


def _drift(connection: Connection) -> dict[str, int]:
    return {
        name: count for name, count in verify(connection, [FILM], FILM_ANSWERS).items() if count
    }


FAULTS = {"payload": "confidence", "projection": "never", "none": ""}


@STORE
@given(
    spans=st.lists(SPANS, min_size=1, max_size=5),
    bad=st.integers(0, 4),
    fault=st.sampled_from(sorted(FAULTS)),
)
def test_artifacts_and_their_projection_appear_together_or_not_at_all(
    store_database: Engine,
    store: ArtifactRepository,
    spans: list[tuple[int, int]],
    bad: int,
    fault: str,
) -> None:
    """A fault in any row leaves no artifact, no projection and no completed run; then it works.

    The projection refuses `poison`: see the fixture of the database.
    """
    sound = [envelope("r1", number, span=span) for number, span in enumerate(spans)]
    with rolled_back(store_database) as connection:
        wanted = [_spoilt(each, fault) if number == bad % len(sound) else each
                  for number, each in enumerate(sound)]  # fmt: skip
        attempt = connection.begin_nested()
        if fault == "none":
            _complete(connection, store, wanted)
        else:
            with pytest.raises((InvalidRequestError, DBAPIError), match=FAULTS[fault]):
                _complete(connection, store, wanted)
            attempt.rollback()
            assert _held(connection) == (0, 0, 0)
            _complete(connection, store, sound)
        assert _held(connection) == (len(sound), len(sound), 1)
        assert verify(connection, [FILM], ["transcript_fts"]) == {"transcript_fts": 0}


def _spoilt(each: ArtifactEnvelope, fault: str) -> ArtifactEnvelope:
    payload = {
        "payload": {**segment_payload(), "confidence": 1.5},
        "projection": segment_payload("poison"),
        "none": segment_payload(),
    }[fault]
    return envelope(
        each.run_id,
        each.span_start_ms + 100,
        payload=payload,
        span=(each.span_start_ms, each.span_end_ms),
    )


def _complete(
    connection: Connection, store: ArtifactRepository, rows: list[ArtifactEnvelope]
) -> None:
    connection.execute(
        text(
            "insert into runs (run_id, asset_id, content_version, stage, model_profile,"
            " config_hash, input_hash, producer, producer_version, status, worker_key)"
            " values ('r1', 'film', 1, 'transcript', 'fast', 'c', 'i', 'p', '1', 'completed', 0)"
        )
    )
    store.batch_create(connection, rows)


def _held(connection: Connection) -> tuple[int, ...]:
    return tuple(
        connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (artifacts, transcript_fts, runs)
    )
