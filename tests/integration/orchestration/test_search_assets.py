"""Search in Dagster: films published, the outbox sensor, upkeep, the gates; over a real node."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test
from sqlalchemy import Connection, func, insert, select, text, update

from orchestration.dead_runs import WORKER_TAG
from orchestration.definitions import defs
from orchestration.partitions import register_videos
from resources.postgres import PostgresResource
from rushes.db.search_tables import search_reconciliations, search_revs, search_sync_queue
from rushes.search.sync.status import sync_status
from rushes.search.sync.triggers import document_tables, trigger_report
from sensors.outbox import drain_schedule, outbox_sensor
from tests.integration.orchestration.conftest import OpenWorld
from tests.integration.orchestration.worlds import QUIET, World, verdicts

UNDATABLE = "undatable.mp4"


@pytest.fixture(scope="module")
def films(new_world: OpenWorld, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world of three registered films that nothing is known of but their names."""
    with new_world(tmp_path_factory.mktemp("world")) as world:
        for name in ("harbour.mp4", "meadow.mp4", UNDATABLE):
            (world.root / name).write_text(f"film {name}")
        world.register()
        register_videos(world.instance, sorted(world.ids.values()))
        yield world


@pytest.fixture
def drained(films: World) -> World:
    """The same with nothing left to publish."""
    assert _drain(films).success
    return films


def _drain(world: World) -> dg.ExecuteInProcessResult:
    config = {"ops": {"drain_search_outbox": {"config": {"idle_seconds": 0}}}}
    return defs.resolve_job_def("drain_outbox").execute_in_process(
        instance=world.instance, run_config={**QUIET, **config}, raise_on_error=False
    )


def _passes(world: World, check: str) -> bool:
    (passed,) = verdicts(world.execute(checks=(check,))).values()
    return passed


def _enqueue(world: World, *names: str) -> None:
    rows = [{"asset_id": world.ids[name], "action": "UPSERT"} for name in names]
    with world.context.engine.begin() as connection:
        connection.execute(insert(search_sync_queue), rows)


def _rename(world: World, name: str, path: str) -> None:
    statement = text("update asset set path = :path where asset_id = :asset_id")
    with world.context.engine.begin() as connection:
        connection.execute(statement, {"path": path, "asset_id": world.ids[name]})


def _tick(world: World) -> Any:
    context = dg.build_sensor_context(
        instance=world.instance, resources={"postgres": PostgresResource()}
    )
    return outbox_sensor(context)


def _schedule_tick(world: World) -> Any:
    context = dg.build_schedule_context(
        instance=world.instance, resources={"postgres": PostgresResource()}
    )
    return drain_schedule(context)


def test_a_drain_publishes_what_waits_and_reports_each_film_with_its_numbers(
    films: World,
) -> None:
    assert _drain(films).success
    assert set(films.statuses("quickwit_sync").values()) == {"MATERIALIZED"}
    told = films.instance.get_latest_materialization_event(dg.AssetKey("quickwit_sync"))
    assert told is not None
    assert told.asset_materialization is not None
    metadata = told.asset_materialization.metadata
    (index,) = sync_status(films.context.engine).indexes
    assert (metadata["documents"].value, metadata["index"].value) == (1, index.name)
    assert (index.films, index.documents) == (3, 3)
    before = films.materializations("quickwit_sync", films.ids["meadow.mp4"])
    _enqueue(films, "meadow.mp4")
    assert _drain(films).success  # nothing about it has changed, so nothing is told again
    assert films.materializations("quickwit_sync", films.ids["meadow.mp4"]) == before


def _date(world: World, name: str, captured: str | None) -> None:
    statement = text("update asset set capture_time = :captured where asset_id = :asset_id")
    with world.context.engine.begin() as connection:
        connection.execute(statement, {"captured": captured, "asset_id": world.ids[name]})


def test_a_film_that_cannot_be_published_is_red_and_its_neighbour_is_green(drained: World) -> None:
    _date(drained, UNDATABLE, "infinity")
    for name, is_published in ((UNDATABLE, False), ("meadow.mp4", True)):
        result = drained.execute("quickwit_sync", key=drained.ids[name])
        assert result.success == is_published
    assert drained.statuses("quickwit_sync") == {
        "harbour.mp4": "MATERIALIZED",
        "meadow.mp4": "MATERIALIZED",
        UNDATABLE: "FAILED",
    }
    result = drained.execute(checks=("quickwit_sync:no_film_is_left_out",))
    (evaluation,) = result.get_asset_check_evaluations()
    assert not evaluation.passed
    assert evaluation.metadata["tried again"].value == 1
    assert evaluation.severity is dg.AssetCheckSeverity.WARN
    _date(drained, UNDATABLE, "2024-05-01")
    assert _drain(drained).success
    assert _passes(drained, "quickwit_sync:no_film_is_left_out")
    assert drained.statuses("quickwit_sync")[UNDATABLE] == "MATERIALIZED"


def test_the_sensor_asks_for_one_drain_while_something_waits(drained: World) -> None:
    assert isinstance(_tick(drained), dg.SkipReason)
    _enqueue(drained, "meadow.mp4")
    asked = _tick(drained)
    assert isinstance(asked, dg.RunRequest)
    assert asked.job_name == "drain_outbox"
    assert _tick(drained).run_key == asked.run_key
    run = create_run_for_test(
        drained.instance,
        "drain_outbox",
        tags=dict(asked.tags),
        status=dg.DagsterRunStatus.NOT_STARTED,
    )
    for tick in (_tick, _schedule_tick):
        assert isinstance(tick(drained), dg.SkipReason)
    drained.instance.report_run_failed(run, "the engine is away")
    assert isinstance(_tick(drained), dg.SkipReason)  # the same rows again: later
    assert isinstance(_schedule_tick(drained), dg.RunRequest)
    _enqueue(drained, "meadow.mp4")
    again = _tick(drained)
    assert isinstance(again, dg.RunRequest)
    assert again.run_key != asked.run_key


def test_a_drain_whose_process_died_is_asked_to_be_ended(drained: World) -> None:
    _enqueue(drained, "meadow.mp4")
    run = create_run_for_test(
        drained.instance,
        "drain_outbox",
        tags={WORKER_TAG: "12345"},
        status=dg.DagsterRunStatus.STARTED,
    )
    asked = _tick(drained)
    assert (asked.job_name, asked.run_key) == ("sweep_job", f"dead:{run.run_id}")
    alive = {WORKER_TAG: str(drained.context.worker.key)}
    drained.instance.add_run_tags(run.run_id, alive)
    assert isinstance(_tick(drained), dg.SkipReason)
    drained.instance.report_run_failed(run, "died")


def test_a_change_that_waits_too_long_is_seen(drained: World) -> None:
    check = "quickwit_sync:outbox_is_drained"
    _enqueue(drained, "meadow.mp4")
    assert _passes(drained, check)
    with drained.context.engine.begin() as connection:
        waited = func.now() - timedelta(minutes=11)
        connection.execute(update(search_sync_queue).values(created_at=waited))
    assert not _passes(drained, check)


def test_drift_is_found_repaired_and_seen_by_the_gate(drained: World) -> None:
    check = "search_reconciliation:index_equals_postgres"
    with drained.context.engine.begin() as connection:
        connection.execute(text("alter table asset disable trigger user"))
        connection.execute(text("update asset set path = 'moor.mp4' where path = 'meadow.mp4'"))
        connection.execute(text("alter table asset enable trigger user"))
    found = drained.execute("search_reconciliation")
    (told,) = found.asset_materializations_for_node("search_reconciliation")
    assert told.metadata["drift"].value == told.metadata["stale"].value == 1
    assert not _passes(drained, check)
    _rename(drained, "moor.mp4", "meadow.mp4")
    assert _drain(drained).success
    assert drained.execute("search_reconciliation").success
    assert _passes(drained, check)
    with drained.context.engine.begin() as connection:
        connection.execute(
            update(search_reconciliations).values(
                at=search_reconciliations.c.at - timedelta(days=3), stale=7
            )
        )
    assert _passes(drained, check)  # an old verdict is not believed


def test_upkeep_purges_what_was_replaced_and_the_template_is_accepted(drained: World) -> None:
    for name, path in (("meadow.mp4", "moor.mp4"), ("moor.mp4", "meadow.mp4")):
        _rename(drained, name, path)
        assert _drain(drained).success
    with drained.context.engine.begin() as connection:
        earlier = func.now() - timedelta(hours=1)
        retired = search_revs.c.state == "retired"
        connection.execute(update(search_revs).where(retired).values(retired_at=earlier))
        waiting = connection.execute(select(func.count()).where(retired)).scalar_one()
    assert waiting
    done = drained.execute("search_generations", "search_purge", "search_index_template")
    assert done.success
    (told,) = done.asset_materializations_for_node("search_purge")
    assert told.metadata["revs asked for"].value + told.metadata["revs purged"].value == waiting
    assert verdicts(done) == {("template_is_accepted", None): True}
    left = drained.context.quickwit.list_indexes("rushes-template-check-")
    assert left == []


def test_a_published_film_is_found_by_its_own_word_and_the_engine_answers(drained: World) -> None:
    check = "quickwit_sync:search_round_trip"
    assert _passes(drained, check)
    (index,) = drained.context.quickwit.list_indexes("rushes-scenes-")
    drained.context.quickwit.clear_index(index)
    assert not _passes(drained, check)
    assert drained.execute("search_reconciliation").success
    assert _drain(drained).success
    assert _passes(drained, check)


def _silenced(connection: Connection, table: str, trigger: str) -> list[str]:
    """What the gate says while one trigger is off."""
    with connection.begin_nested() as savepoint:
        connection.execute(text(f"alter table {table} disable trigger {trigger}"))
        report = trigger_report(connection)
        savepoint.rollback()
    assert report.disabled == [f"{table}: {trigger}"]
    return report.silent


def test_no_trigger_of_a_table_that_documents_are_made_of_can_be_off_unseen(
    films: World,
) -> None:
    named = text(
        "select tgrelid::regclass::text as name, tgname from pg_trigger"
        " where tgname like 'search\\_note\\_%'"
    )
    with films.context.engine.begin() as connection:
        assert trigger_report(connection).is_complete
        tables = document_tables(connection)
        triggers = [row for row in connection.execute(named) if row.name in tables]
        assert {row.name for row in triggers} == set(tables)
        for table, trigger in triggers:
            event = trigger.rpartition("_")[2]
            assert _silenced(connection, table, trigger) == [f"{table}: {event}"]


def test_the_gate_of_the_triggers_fails_while_one_is_off(films: World) -> None:
    check = "quickwit_sync:search_triggers_installed"
    assert _passes(films, check)
    off = "alter table ocr_fts {} trigger search_note_rows_update"
    with films.context.engine.begin() as connection:
        connection.execute(text(off.format("disable")))
    assert not _passes(films, check)
    with films.context.engine.begin() as connection:
        connection.execute(text(off.format("enable")))


def _generation_job(world: World, name: str, op: str, **config: object) -> bool:
    return (
        defs.resolve_job_def(name)
        .execute_in_process(
            instance=world.instance,
            run_config={**QUIET, "ops": {op: {"config": config}}},
            raise_on_error=False,
        )
        .success
    )


def test_a_new_generation_is_built_promoted_and_taken_back_by_jobs(drained: World) -> None:
    chosen = {"libraries": ["films"]}
    (first,) = sync_status(drained.context.engine).indexes
    promoted = ("search_shadow_promote", "promote_shadow_generation")
    assert not _generation_job(drained, *promoted, **chosen)
    assert _generation_job(drained, "search_shadow_begin", "begin_shadow_generation", **chosen)
    (told,) = drained.execute("search_generations").asset_materializations_for_node(
        "search_generations"
    )
    table = told.metadata["under way"]
    assert isinstance(table, dg.TableMetadataValue)
    assert [(row.data["library"], row.data["done"]) for row in table.records] == [("films", 0)]
    assert _drain(drained).success
    assert _generation_job(drained, *promoted, **chosen)
    active = {each.name: each.active_of for each in sync_status(drained.context.engine).indexes}
    assert active.pop(first.name) == []
    assert list(active.values()) == [["films"]]
    assert _generation_job(drained, "search_rollback", "roll_back_generation", **chosen)
    active = {each.name: each.active_of for each in sync_status(drained.context.engine).indexes}
    assert active[first.name] == ["films"]
