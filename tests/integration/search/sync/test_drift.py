"""What triggers did not see is found and mended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, text

from rushes.search.quickwit.client import QuickwitClient
from rushes.search.sync.reconcile import Drift, reconcile
from tests.integration.search.sync.equality import difference, leftovers, purge_all, sync
from tests.integration.search.sync.many_films import add_films, analyse


def _drift(engine: Engine, client: QuickwitClient, *, repair: bool = True) -> Drift:
    return reconcile(engine, client, datetime.now(UTC), repair=repair)


def _unseen(connection: Connection) -> None:
    connection.execute(text("set local session_replication_role = replica"))


def _rename(connection: Connection) -> None:
    connection.execute(text("update asset set path = 'elsewhere.mp4' where asset_id = 'f1'"))


def _delete(connection: Connection) -> None:
    for table in ("scene_ranges", "transcript_fts", "current_runs", "artifacts", "runs", "asset"):
        connection.execute(text(f"delete from {table} where asset_id = 'f1'"))


def _copy(connection: Connection) -> None:
    own = connection.connection.driver_connection
    with own.cursor().copy(  # type: ignore[union-attr]
        "copy asset (asset_id, library_slug, path, content_hash, size_bytes, mtime_ns) from stdin"
    ) as copy:
        copy.write_row(("f9", "archive", "f9.mp4", "f9", 1, 1))


@pytest.mark.parametrize("change", [_rename, _delete, _copy])
def test_a_change_with_triggers_off_is_found_and_mended(
    archive: Engine, client: QuickwitClient, change: Callable[[Connection], None]
) -> None:
    add_films(archive, ["f1", "f2"])
    sync(archive, client)
    assert _drift(archive, client).total == 0
    with archive.begin() as connection:
        _unseen(connection)
        change(connection)
    assert _drift(archive, client, repair=False).total == 1
    assert leftovers(archive) == {}
    assert len(_drift(archive, client).stale) == 1
    sync(archive, client)
    assert _drift(archive, client).total == 0
    purge_all(archive, client)
    assert difference(archive, client) == set()


def test_a_truncate_is_seen_by_its_trigger(archive: Engine, client: QuickwitClient) -> None:
    add_films(archive, ["f1", "f2"])
    sync(archive, client)
    with archive.begin() as connection:
        connection.execute(text("truncate transcript_fts"))
    sync(archive, client)
    assert _drift(archive, client).total == 0


def test_a_new_run_that_finds_nothing_takes_away_what_the_old_one_found(
    archive: Engine, client: QuickwitClient
) -> None:
    add_films(archive, ["f1"])
    sync(archive, client)
    with archive.begin() as connection:
        analyse(connection, ["f1"], "second", scenes=0)
    sync(archive, client)
    purge_all(archive, client)
    assert difference(archive, client) == set()
    (index,) = client.list_indexes(_name(archive))
    found = client.search([index], query='text:"garden"', search_fields=["text"])
    assert found.num_hits == 0


def test_what_an_index_lost_or_never_was_told_is_found_and_mended(
    archive: Engine, client: QuickwitClient
) -> None:
    add_films(archive, ["f1", "f2"])
    sync(archive, client)
    index = _name(archive)
    client.create_delete_task(index, 'asset_id:"f1"', ["asset_id"])
    strange = b'{"doc_id":"x","asset_id":"x","rev":900,"start_ms":0,"end_ms":1}'
    client.ingest(index, [strange], commit="force")
    found = _drift(archive, client)
    assert (found.damaged, found.strange) == (["f1"], [900])
    sync(archive, client)
    purge_all(archive, client)
    assert difference(archive, client) == set()
    assert _drift(archive, client).total == 0
    with archive.connect() as connection:
        assert connection.execute(text("select nextval('search_rev_seq')")).scalar_one() > 900


def _name(engine: Engine) -> str:
    with engine.connect() as connection:
        return str(connection.execute(text("select name from index_generation")).scalar_one())
