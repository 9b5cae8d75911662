"""The library sensor looks and asks: what it asks for, and when it keeps still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)
from dagster._core.test_utils import create_run_for_test
from sqlalchemy import Engine, func, text, update

from orchestration.partitions import register_videos
from resources.pipeline import PipelineResource
from rushes.artifacts.runs import RunStart, fail_run, start_run
from rushes.artifacts.vocabulary import ModelProfile
from rushes.db.engine import make_engine
from rushes.db.tables import runs
from rushes.errors import AnalysisError
from rushes.library.service import LibraryService
from sensors.library import library_sensor
from tests.integration.orchestration.worlds import World

_STARTED = dg.DagsterRunStatus.STARTED


def _tick(world: World) -> list[Any]:
    context = dg.build_sensor_context(
        instance=world.instance, resources={"pipeline": PipelineResource()}
    )
    return list(library_sensor(context))  # type: ignore[arg-type]


def _requests(world: World) -> list[dg.RunRequest]:
    """What one tick asks for; nothing where it says why it keeps still."""
    asked = _tick(world)
    if [type(each) for each in asked] == [dg.SkipReason]:
        return []
    assert all(isinstance(each, dg.RunRequest) for each in asked)
    return asked


def _range(request: dg.RunRequest) -> tuple[str, str]:
    tags = request.tags
    return tags[ASSET_PARTITION_RANGE_START_TAG], tags[ASSET_PARTITION_RANGE_END_TAG]


@pytest.fixture
def films(world: World) -> list[str]:
    """Three films, scanned and registered, and nothing done on them; their keys."""
    for number in range(3):
        (world.root / f"{number}.mp4").write_text(f"film {number}")
    world.register()
    keys = sorted(world.ids.values())
    register_videos(world.instance, keys)
    return keys


def test_a_new_file_asks_for_a_scan_until_a_scan_has_taken_it(world: World) -> None:
    LibraryService(world.context.engine, world.context.settings).add(world.root)
    assert _requests(world) == []
    (world.root / "new.mp4").write_text("new")
    (asked,) = _requests(world)
    assert asked.job_name == "scan_libraries"
    assert [each.run_key for each in _requests(world)] == [asked.run_key]
    assert world.execute("library_scan").success
    assert {each.job_name for each in _requests(world)} == {"index_videos"}


def test_the_same_change_after_another_scan_is_a_new_request(world: World) -> None:
    world.register()
    film = world.root / "film.mp4"
    keys = []
    for _ in range(2):
        film.write_text("here")
        (asked,) = [each for each in _requests(world) if each.job_name == "scan_libraries"]
        keys.append(asked.run_key)
        world.register()
        film.unlink()
        world.register()
    assert keys[0] != keys[1]


def test_registered_films_are_asked_for_as_one_range(world: World, films: list[str]) -> None:
    (asked,) = _requests(world)
    assert asked.job_name == "index_videos"
    assert _range(asked) == (films[0], films[-1])
    assert [each.run_key for each in _requests(world)] == [asked.run_key]


def test_films_that_dagster_does_not_know_yet_are_not_asked_for(world: World) -> None:
    (world.root / "film.mp4").write_text("film")
    world.register()
    assert _requests(world) == []


@pytest.mark.parametrize(
    "status",
    [
        dg.DagsterRunStatus.NOT_STARTED,
        _STARTED,
        dg.DagsterRunStatus.CANCELING,
    ],
)
def test_films_in_flight_are_left_alone(
    world: World, films: list[str], status: dg.DagsterRunStatus
) -> None:
    one = {"dagster/partition": films[2]}
    two = {
        ASSET_PARTITION_RANGE_START_TAG: films[0],
        ASSET_PARTITION_RANGE_END_TAG: films[1],
    }
    create_run_for_test(world.instance, "index_videos", tags=one, status=status)
    (asked,) = _requests(world)
    assert _range(asked) == (films[0], films[1])
    create_run_for_test(world.instance, "index_videos", tags=two, status=status)
    assert _requests(world) == []


def test_a_run_that_ended_is_no_longer_in_flight(world: World, films: list[str]) -> None:
    tags = {ASSET_PARTITION_RANGE_START_TAG: films[0], ASSET_PARTITION_RANGE_END_TAG: films[2]}
    create_run_for_test(
        world.instance, "index_videos", tags=tags, status=dg.DagsterRunStatus.FAILURE
    )
    assert len(_requests(world)) == 1


@pytest.fixture
def dagster_database(world: World) -> Iterator[Engine]:
    engine = make_engine(world.context.settings.dagster_database_url or "")
    yield engine
    engine.dispose()


def test_work_whose_run_ended_without_doing_it_is_asked_for_again_after_a_wait(
    world: World, films: list[str], dagster_database: Engine
) -> None:
    keys = []
    for _ in range(2):
        (asked,) = _requests(world)
        keys.append(asked.run_key)
        run = create_run_for_test(
            world.instance, "index_videos", tags=dict(asked.tags), status=_STARTED
        )
        assert _requests(world) == []
        world.instance.report_run_failed(run, "it could not be launched")
        assert _requests(world) == []
        with dagster_database.begin() as connection:
            connection.execute(text("update runs set update_timestamp = now() - interval '2 h'"))
    (asked,) = _requests(world)
    assert len({*keys, asked.run_key}) == 3


def _fail(world: World, film: str, *, retryable: bool) -> None:
    task = world.context.task("source_video", ModelProfile.BALANCED)
    start = RunStart(film, 1, task.stage.name, task.profile, task.config_hash, "input", "test", "1")
    with world.context.engine.begin() as connection:
        run_id, _ = start_run(connection, start, world.context.worker)
        fail_run(connection, run_id, AnalysisError("it broke", retryable=retryable))


def test_a_transient_failure_waits_and_comes_back_as_a_new_request(
    world: World, films: list[str]
) -> None:
    seen = [each.run_key for each in _requests(world)]
    for _ in range(2):
        for film in films:
            _fail(world, film, retryable=True)
        assert _requests(world) == []
        with world.context.engine.begin() as connection:
            earlier = update(runs).values(finished_at=func.now() - timedelta(hours=2))
            connection.execute(earlier)
        seen += [each.run_key for each in _requests(world)]
    assert len(set(seen)) == 3


def test_a_failure_that_only_a_changed_file_mends_is_not_asked_for(
    world: World, films: list[str]
) -> None:
    for film in films:
        _fail(world, film, retryable=False)
    with world.context.engine.begin() as connection:
        connection.execute(update(runs).values(finished_at=func.now() - timedelta(days=2)))
    assert _requests(world) == []


def test_a_tick_with_nothing_to_do_says_why(world: World) -> None:
    (said,) = _tick(world)
    assert isinstance(said, dg.SkipReason)
    assert said.skip_message
