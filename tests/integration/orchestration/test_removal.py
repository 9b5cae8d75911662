"""Films that are gone for good: all that is kept of them goes, however a removal is cut short."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)
from dagster._core.test_utils import create_run_for_test
from sqlalchemy import event

from orchestration.dead_runs import WORKER_TAG
from orchestration.partitions import register_videos
from orchestration.removal import film_deletion, remove_missing
from rushes.pipeline.deletion import InFlightError
from tests.integration.orchestration.worlds import World

_NOW = timedelta(0)
_SLUG = "films"


def _documents(world: World) -> set[str]:
    """The films that have documents."""
    index = world.context.documents
    return {each.asset_id for stage in index.stages() for each in index.walk(stage)}


def _partitions(world: World) -> set[str]:
    return set(world.instance.get_dynamic_partitions("videos"))


@pytest.fixture
def gone_and_kept(world: World) -> tuple[str, str]:
    """Two analysed films, one of them missing now."""
    world.clip("gone.mp4", frames=10)
    world.clip("kept.mp4", frames=12)
    ids = world.register()
    register_videos(world.instance, sorted(ids.values()))
    for asset_id in ids.values():
        assert world.execute("source_video", "media_pass", key=asset_id).success
    (world.root / "gone.mp4").unlink()
    world.register()
    return ids["gone.mp4"], ids["kept.mp4"]


def test_a_removal_that_was_killed_is_finished_by_the_next(
    world: World, gone_and_kept: tuple[str, str]
) -> None:
    gone, kept = gone_and_kept
    assert _documents(world) == {gone, kept}
    engine = world.context.engine

    def killed(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith("DELETE FROM asset"):
            raise KeyboardInterrupt

    event.listen(engine, "before_cursor_execute", killed)
    with pytest.raises(KeyboardInterrupt):
        remove_missing(_SLUG, _NOW)
    event.remove(engine, "before_cursor_execute", killed)
    assert set(world.ids.values()) == {gone, kept}
    assert _documents(world) == _partitions(world) == {kept}
    assert remove_missing(_SLUG, _NOW) == [gone]
    assert set(world.ids.values()) == {kept}


def test_a_film_that_a_run_is_at_work_on_stays_until_the_run_is_over(
    world: World, gone_and_kept: tuple[str, str]
) -> None:
    gone, kept = gone_and_kept
    deletion = film_deletion(world.context)
    run = create_run_for_test(
        world.instance, tags=_range(world, gone, kept), status=dg.DagsterRunStatus.STARTING
    )
    assert remove_missing(_SLUG, _NOW) == []
    for film in (gone, kept):
        with pytest.raises(InFlightError):
            deletion.delete([film])
    assert _documents(world) == _partitions(world) == {gone, kept}
    world.instance.report_run_failed(run)
    assert remove_missing(_SLUG, _NOW) == [gone]
    assert [each.asset_id for each in deletion.delete([kept])] == [kept]
    assert _documents(world) == _partitions(world) == set(world.ids.values()) == set()
    assert (world.root / "kept.mp4").exists()


def test_a_run_of_a_dead_process_holds_nothing_up(
    world: World, gone_and_kept: tuple[str, str]
) -> None:
    gone, kept = gone_and_kept
    tags = {**_range(world, gone, kept), WORKER_TAG: "12345"}
    create_run_for_test(world.instance, tags=tags, status=dg.DagsterRunStatus.STARTED)
    film_deletion(world.context).delete([gone, kept])
    assert world.ids == {}


def test_an_indexed_folder_does_not_bring_a_deleted_film_back_but_its_own_path_does(
    world: World, gone_and_kept: tuple[str, str]
) -> None:
    _, kept = gone_and_kept
    film_deletion(world.context).delete([kept])
    (report,) = world.indexer.register([world.root], None, 0.0).reports
    assert (report.rejected, report.deleted) == ([], ["kept.mp4"])
    (report,) = world.indexer.register([world.root / "kept.mp4"], None, 0.0).reports
    assert len(report.new) == 1
    assert report.new != [kept]


def _range(world: World, *films: str) -> dict[str, str]:
    """The tags of a run that takes these films and those between them."""
    keys = world.instance.get_dynamic_partitions("videos")
    wanted = [key for key in keys if key in films]
    return {
        ASSET_PARTITION_RANGE_START_TAG: wanted[0],
        ASSET_PARTITION_RANGE_END_TAG: wanted[-1],
    }
