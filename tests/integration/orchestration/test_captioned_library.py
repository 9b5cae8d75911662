"""`rushes captions` over a library, and what Dagster makes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from orchestration.cli.app import app
from orchestration.cli.output import EXIT_FILMS_FAILED, EXIT_USAGE
from orchestration.indexing import Indexer
from rushes.artifacts.vocabulary import ModelProfile
from rushes.db.tables import runs
from rushes.pipeline.workload import Workload
from tests.integration.orchestration.worlds import World

STAGE = "transcript"
CUE = "1\n00:00:00,100 --> 00:00:00,500\n{}\n\n2\n09:00:00,000 --> 09:00:01,000\nlater\n"
WRONG = {
    ("none.mp4",): "captions_not_found",
    ("bad.mp4",): "bad_captions",
    ("good.mp4", "--language", "klingon"): "invalid_request",
    ("good.mp4", "--library", "films"): "invalid_request",
    (): "invalid_request",
    ("--library", "nowhere"): "library_not_found",
}


def _rushes(*command: str, exit_code: int = 0) -> Any:
    """What `rushes COMMAND --json` prints."""
    result = CliRunner().invoke(app, [*command, "--json"])
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout)


def _indexer(world: World) -> Indexer:
    """The transcript alone is asked for; what it reads is decoded where it has to be."""
    return Indexer(Workload(world.context, ModelProfile.BALANCED, [STAGE]))


def _runs(world: World) -> list[tuple[str, str, str, bool]]:
    query = select(runs).where(runs.c.stage == STAGE).order_by(runs.c.asset_id, runs.c.started_at)
    with world.context.engine.connect() as connection:
        return [
            (run.asset_id, run.origin, run.producer, run.reported_at is not None)
            for run in connection.execute(query)
        ]


@pytest.fixture
def ids(world: World) -> dict[str, str]:
    """Three films: one with good captions, one with bad ones, one without."""
    for number, name in enumerate(("bad", "good", "none"), 30):
        world.clip(f"{name}.mp4", frames=number)
    (world.root / "good.en.srt").write_text(CUE.format("splendid gardens"))
    (world.root / "bad.vtt").write_text("no captions")
    return world.register()


def test_a_captioned_film_is_indexed_without_transcription(
    world: World, ids: dict[str, str]
) -> None:
    before = {each: each.stat().st_mtime_ns for each in world.root.iterdir()}
    imported = _rushes("captions", "import", "--library", "films", exit_code=EXIT_FILMS_FAILED)
    rows = {row["path"]: row for row in imported["films"]}
    assert (imported["without_captions"], imported["failed"]) == (1, 1)
    assert rows["bad.mp4"]["error"]["code"] == "bad_captions"
    assert (rows["good.mp4"]["segments"], rows["good.mp4"]["left_out"]) == (
        1,
        {"cues after_end": 1},
    )

    _indexer(world).run(sorted(ids.values()))
    assert world.statuses(STAGE) == dict.fromkeys(ids, "MATERIALIZED")
    assert world.materializations(STAGE, ids["good.mp4"]) == 1
    film = ids["good.mp4"]
    assert [run for run in _runs(world) if run[0] == film] == [(film, "imported", "srt", True)]
    assert not any(plan.pending for plan in _indexer(world).plan(list(ids.values())))
    (hit,) = _rushes("search", "garden")["hits"]
    assert (hit["path"], hit["origin"], hit["producer"]) == ("good.mp4", "imported", "srt")
    assert {each: each.stat().st_mtime_ns for each in world.root.iterdir()} == before

    again = _rushes("captions", "import", "--library", "films", exit_code=EXIT_FILMS_FAILED)
    assert {row["path"]: row["status"] for row in again["films"]} == {
        "bad.mp4": "failed",
        "good.mp4": "unchanged",
    }


def test_removed_captions_make_the_film_be_transcribed(world: World, ids: dict[str, str]) -> None:
    film = ids["good.mp4"]
    assert _rushes("captions", "import", "good.mp4", "--language", "de")["segments"] == 1
    (row,) = [row for row in _rushes("captions", "list")["films"] if row["imported"]]
    assert (row["path"], row["imported"]["segments"]) == ("good.mp4", 1)
    assert row["beside"] == [{"file": "good.en.srt", "language": "en"}]
    _indexer(world).run([film])
    assert _rushes("captions", "remove", "good.mp4")["removed"] == 1
    _indexer(world).run([film])
    assert _runs(world) == [(film, "analysed", "faster-whisper", True)]
    assert world.materializations(STAGE, film) == 2


def test_a_wrong_command_says_what_is_wrong(world: World, ids: dict[str, str]) -> None:
    for command, code in WRONG.items():
        answer = _rushes("captions", "import", *command, exit_code=EXIT_USAGE)
        assert answer["error"]["code"] == code
    assert _runs(world) == []
