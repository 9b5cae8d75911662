"""Three films in one chunk, the second one cut short: what Dagster shows is what stands."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import func, select

from rushes.db.tables import runs, scene_ranges
from tests.integration.orchestration.worlds import STAGES, World, verdicts
from tests.media_factory import truncate

GOOD = ("a.mp4", "c.mp4")
BAD = "b cut short.mp4"


@pytest.fixture(scope="module")
def films(shared_world: World) -> dict[str, str]:
    """Path -> id of the three films, after one run over all of them."""
    shared_world.clip("a.mp4", frames=25)
    truncate(shared_world.clip(BAD, frames=150, faststart=True), 0.5)
    shared_world.clip("c.mp4", frames=50, cuts=[20])
    return shared_world.index()


def _run_count(world: World, asset_id: str) -> int:
    with world.context.engine.connect() as connection:
        query = select(func.count()).where(runs.c.asset_id == asset_id)
        return int(connection.execute(query).scalar_one())


def test_good_films_are_green_and_the_bad_one_failed_where_it_failed(
    shared_world: World, films: dict[str, str]
) -> None:
    assert shared_world.statuses("source_video") == dict.fromkeys(films, "MATERIALIZED")
    for stage in ("media_pass", "scenes", "transcript"):
        assert shared_world.statuses(stage) == {
            **dict.fromkeys(GOOD, "MATERIALIZED"),
            BAD: "FAILED",
        }


def test_projections_stand_for_the_good_films_only(
    shared_world: World, films: dict[str, str]
) -> None:
    for projection in ("scene_ranges", "transcript_fts"):
        found = shared_world.statuses(projection)
        assert found == {**dict.fromkeys(GOOD, "MATERIALIZED"), BAD: "NONE"}


def test_inline_checks_were_logged_for_each_film(
    shared_world: World, films: dict[str, str]
) -> None:
    (run,) = shared_world.instance.get_runs()
    entries = shared_world.instance.all_logs(
        run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    )
    logged = [
        (event.check_name, event.partition, event.passed)
        for entry in entries
        if entry.dagster_event
        for event in [entry.dagster_event.asset_check_evaluation_data]
    ]
    assert sorted(logged) == sorted(
        (check, films[path], path in GOOD)
        for check in ("scenes_cover_the_film", "segments_lie_in_the_film")
        for path in (*GOOD, BAD)
    )


def test_each_failed_partition_tells_which_film_it_is_and_why(
    shared_world: World, films: dict[str, str]
) -> None:
    told = {}
    for stage in STAGES:
        filters = dg.AssetRecordsFilter(
            asset_key=dg.AssetKey(stage), asset_partitions=list(films.values())
        )
        for record in shared_world.instance.fetch_observations(filters, limit=10).records:
            observation = record.asset_observation
            assert observation is not None
            assert observation.partition == films[BAD]
            found = {name: value.value for name, value in observation.metadata.items()}
            told[stage] = (found["film"], found["status"], found["code"])
    assert told == {
        "media_pass": (BAD, "failed", "truncated"),
        "scenes": (BAD, "skipped", "truncated"),
        "transcript": (BAD, "skipped", "truncated"),
    }


def test_the_run_is_red_and_names_the_film_and_the_reason(
    shared_world: World, films: dict[str, str]
) -> None:
    (run,) = shared_world.instance.get_runs()
    assert run.status is dg.DagsterRunStatus.FAILURE
    entries = shared_world.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    (failure,) = [
        entry.dagster_event.step_failure_data.user_failure_data
        for entry in entries
        if entry.dagster_event
    ]
    assert failure is not None
    assert failure.description == f"1 of the chunk's films failed: {films[BAD]}"
    (reason,) = failure.metadata.values()
    assert "truncated" in str(reason.value)


def test_materializations_carry_numbers_a_picture_and_a_version(
    shared_world: World, films: dict[str, str]
) -> None:
    event = shared_world.instance.get_latest_materialization_event(dg.AssetKey("scenes"))
    assert event is not None
    found = event.asset_materialization
    assert found is not None
    assert found.metadata["scenes"].value == 2
    assert str(found.metadata["contact sheet"].value).startswith("![contact sheet](data:image/jpeg")
    assert found.metadata["film"].value == "c.mp4"
    assert found.tags is not None
    assert found.tags["dagster/data_version"]


def test_what_is_left_is_nothing_until_someone_asks_for_the_failed_one(
    shared_world: World, films: dict[str, str]
) -> None:
    ids = sorted(films.values())
    plans = shared_world.indexer.plan(ids)
    assert all(not plan.pending for plan in plans)
    assert {plan.asset_id for plan in plans if plan.failed} == {films[BAD]}
    again = shared_world.indexer.plan(ids, retry_failed=True)
    assert {plan.asset_id for plan in again if plan.pending} == {films[BAD]}


def test_an_inline_check_asked_for_alone_reads_again_what_stands(
    shared_world: World, films: dict[str, str]
) -> None:
    check, film = "scenes:scenes_cover_the_film", films["a.mp4"]
    before = _run_count(shared_world, film)
    result = shared_world.execute(checks=(check,), key=film)
    assert result.success
    assert verdicts(result) == {("scenes_cover_the_film", film): True}
    engine = shared_world.context.engine
    with engine.begin() as connection:
        moved = scene_ranges.update().where(scene_ranges.c.asset_id == film)
        connection.execute(moved.values(start_ms=scene_ranges.c.start_ms + 1))
    result = shared_world.execute(checks=(check,), key=film)
    assert verdicts(result) == {("scenes_cover_the_film", film): False}
    with engine.begin() as connection:
        connection.execute(moved.values(start_ms=scene_ranges.c.start_ms - 1))
    assert _run_count(shared_world, film) == before


def test_a_projection_that_was_tampered_with_fails_its_check_until_it_is_rebuilt(
    shared_world: World, films: dict[str, str]
) -> None:
    check = "scene_ranges:scene_ranges_equals_fresh_derivation"
    film, other = films["a.mp4"], films["c.mp4"]
    with shared_world.context.engine.begin() as connection:
        connection.execute(scene_ranges.delete().where(scene_ranges.c.asset_id == film))

    def passed(asset_id: str) -> bool:
        return next(iter(verdicts(shared_world.execute(checks=(check,), key=asset_id)).values()))

    assert (passed(film), passed(other)) == (False, True)
    rebuilt = shared_world.execute("scene_ranges", key=film)
    assert rebuilt.success
    assert passed(film)


def test_a_retry_of_the_failed_one_touches_no_other_and_a_whole_file_mends_it(
    shared_world: World, films: dict[str, str], tmp_path: Path
) -> None:
    counts = {path: _run_count(shared_world, films[path]) for path in GOOD}
    shared_world.indexer.run([films[BAD]])
    assert shared_world.statuses("media_pass")[BAD] == "FAILED"
    shared_world.clip(BAD, frames=40)
    assert shared_world.register() == films
    (plan,) = [plan for plan in shared_world.indexer.plan(list(films.values())) if plan.pending]
    assert plan.asset_id == films[BAD]
    shared_world.indexer.run([plan.asset_id])
    for name in (*STAGES, "scene_ranges", "transcript_fts"):
        assert shared_world.statuses(name) == dict.fromkeys(films, "MATERIALIZED")
        assert shared_world.materializations(name, films[GOOD[1]]) == 1
    assert counts == {path: _run_count(shared_world, films[path]) for path in GOOD}


def test_one_partition_materialized_by_hand_goes_the_same_way(
    shared_world: World, films: dict[str, str]
) -> None:
    film = films["a.mp4"]
    before, count = shared_world.materializations("scenes", film), _run_count(shared_world, film)
    result = shared_world.execute(*STAGES, key=film)
    assert result.success
    assert shared_world.materializations("scenes", film) == before + 1
    assert verdicts(result) == {
        ("scenes_cover_the_film", film): True,
        ("segments_lie_in_the_film", film): True,
    }
    assert _run_count(shared_world, film) == count  # the work stands already
