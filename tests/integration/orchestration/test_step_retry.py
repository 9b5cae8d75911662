"""A step that Dagster tries again repeats only what failed."""

from __future__ import annotations

import os

from tests.integration.orchestration.worlds import STAGES, World


def test_a_transient_failure_is_tried_again_and_its_neighbours_are_not_told_twice(
    world: World,
) -> None:
    world.clip("good.mp4")
    copied = world.clip("still copied.mp4", frames=20)
    ids = world.register()
    os.utime(copied, (1, 1))  # not the file that was taken: to be tried again
    world.indexer.run(sorted(ids.values()))
    assert world.statuses("source_video") == {
        "good.mp4": "MATERIALIZED",
        "still copied.mp4": "FAILED",
    }
    (run,) = world.instance.get_runs()
    (step,) = world.instance.get_run_step_stats(run.run_id)
    assert step.attempts == 2
    assert {name: world.materializations(name, ids["good.mp4"]) for name in STAGES} == (
        dict.fromkeys(STAGES, 1)
    )
