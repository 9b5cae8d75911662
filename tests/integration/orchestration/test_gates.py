"""The gates over everything: each fails when what it guards is not so, and passes again."""

from __future__ import annotations

import dagster as dg
from sqlalchemy import Engine, event

from assets.library_scan import library_scan
from rushes.db.migrate import downgrade, upgrade
from rushes.library.service import LibraryService
from tests.integration.orchestration.worlds import World, verdicts


def _passes(world: World, check: str) -> bool:
    """What a blocking check says when it is asked alone; its run fails with it."""
    result = world.execute(checks=(check,))
    (passed,) = verdicts(result).values()
    assert result.success or not passed
    return passed


def test_an_older_schema_is_seen(world: World) -> None:
    check = "library_scan:migrations_at_head"
    assert _passes(world, check)
    downgrade(world.context.engine, "base")
    assert not _passes(world, check)
    upgrade(world.context.engine)
    assert _passes(world, check)


def test_a_film_that_stands_failed_is_seen_until_it_is_mended_or_gone(world: World) -> None:
    check = "library_scan:no_film_left_failed"
    (world.root / "bad.mp4").write_text("no film " * 100)
    world.index()
    result = world.execute(checks=(check,))
    (evaluation,) = result.get_asset_check_evaluations()
    assert not evaluation.passed
    assert evaluation.metadata["failed"].value == 1
    table = evaluation.metadata["films"]
    assert isinstance(table, dg.TableMetadataValue)
    (row,) = table.records
    assert row.data["film"] == "bad.mp4"
    assert row.data["stage"] == "source_video"
    world.clip("bad.mp4")
    world.index()
    assert _passes(world, check)


def test_a_document_pointer_that_drifted_is_seen_until_the_index_is_rebuilt(world: World) -> None:
    check = "document_index:document_pointers_without_drift"
    world.clip("a.mp4")
    world.index()
    assert _passes(world, check)
    documents = world.context.documents.root
    pointer = next((documents / "scenes" / "_by_task").glob("*/*.json"))
    pointer.write_text("{}")
    assert not _passes(world, check)
    result = world.execute("document_index", "document_report")
    assert result.success
    assert _passes(world, check)
    (told,) = result.asset_materializations_for_node("document_report")
    assert told.metadata["tasks"].value == 3


def test_a_scan_registers_all_films_in_one_call_and_runs_its_gates(world: World) -> None:
    inserts: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.lower().startswith("insert into dynamic_partitions"):
            inserts.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        for name in ("a", "b"):
            world.clip(f"{name}.mp4", frames=5 + ord(name) % 7)
        ids = world.register()
        first = world.execute(library_scan.key.to_user_string())
        assert len(inserts) == 1
        for number in range(12):
            (world.root / f"{number}.mp4").write_text(f"film {number}")
        second = world.execute(library_scan.key.to_user_string())
        assert len(inserts) == 2
        world.execute(library_scan.key.to_user_string())
        assert len(inserts) == 2
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert set(world.instance.get_dynamic_partitions("videos")) == set(world.ids.values())
    told = [
        result.asset_materializations_for_node("library_scan")[0].metadata
        for result in (first, second)
    ]
    assert [(each["films"].value, each["films registered"].value) for each in told] == [
        (2, 2),
        (14, 12),
    ]
    assert len(ids) == 2
    assert verdicts(first) == {
        ("migrations_at_head", None): True,
        ("no_film_left_failed", None): True,
    }


def test_a_library_that_is_away_does_not_stop_the_others(world: World) -> None:
    service = LibraryService(world.context.engine, world.context.settings)
    away = world.root.parent / "away"
    away.mkdir()
    service.add(away)
    world.clip("a.mp4")
    service.add(world.root)
    away.rmdir()
    result = world.execute("library_scan")
    assert result.success
    (told,) = result.asset_materializations_for_node("library_scan")
    table = told.metadata["found"]
    assert isinstance(table, dg.TableMetadataValue)
    assert {row.data["library"]: row.data["status"] for row in table.records} == {
        "away": "offline",
        "films": "online",
    }
    assert set(world.ids) == {"a.mp4"}
