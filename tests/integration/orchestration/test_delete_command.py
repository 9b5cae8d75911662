"""`rushes delete` and `rushes stages`, in this process."""

from __future__ import annotations

import json

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test
from typer.testing import CliRunner, Result

from orchestration.cli.app import app
from orchestration.cli.output import EXIT_USAGE
from orchestration.partitions import register_videos
from tests.integration.orchestration.worlds import World


@pytest.fixture
def film(world: World) -> str:
    """One analysed film, `a.mp4`."""
    path = world.clip("a.mp4", frames=10)
    film = world.register()[path.name]
    register_videos(world.instance, [film])
    assert world.execute("source_video", key=film).success
    return film


def _rushes(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=answer)


def test_a_film_is_shown_then_deleted_when_that_is_meant(world: World, film: str) -> None:
    shown = json.loads(_rushes("stages", "a.mp4", "--json").stdout)
    assert shown["origins"] == ["analysed"]
    assert shown["stages"]["source_video"]["spans"] == 1
    assert "pyav" in _rushes("stages", "a.mp4").stdout
    plan = json.loads(_rushes("delete", "a.mp4", film, "--dry-run", "--json").stdout)
    assert plan["dry_run"]
    assert [(each["asset_id"], each["documents"]) for each in plan["films"]] == [(film, 1)]
    assert "rushes index FILE" in plan["afterwards"]
    assert _rushes("delete", "a.mp4", answer="n\n").exit_code == 1
    assert world.ids == {"a.mp4": film}
    run = create_run_for_test(
        world.instance, tags={"dagster/partition": film}, status=dg.DagsterRunStatus.STARTED
    )
    refused = _rushes("delete", "a.mp4", "--yes", "--json")
    assert refused.exit_code == EXIT_USAGE
    assert json.loads(refused.stdout)["error"]["code"] == "in_flight"
    world.instance.report_run_failed(run)
    done = json.loads(_rushes("delete", "a.mp4", "--yes", "--json").stdout)
    assert done["films"] == plan["films"]
    assert world.ids == {}
    assert world.instance.get_dynamic_partitions("videos") == []
    again = _rushes("delete", "a.mp4", "--yes", "--json")
    assert json.loads(again.stdout)["error"]["code"] == "video_not_found"
