"""Ctrl-C in the middle of `index`: it stops at once, says so, and loses nothing."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

from tests.e2e.commands import COMMAND, INDEX, NewRushes, Rushes, kill_group
from tests.e2e.films import SAMPLE

_INTERRUPTED = 130


def test_ctrl_c_stops_at_once_and_the_same_command_goes_on(
    folder: Path, new_rushes: NewRushes
) -> None:
    films = folder / "films"
    films.mkdir()
    shutil.copy(SAMPLE, films / "film.mp4")
    rushes = new_rushes()
    assert _interrupt_at(rushes, films, "transcript") == _INTERRUPTED
    failed = rushes("status", "--json").json["failures"]
    assert {each["code"] for each in failed} <= {"interrupted"}
    resumed = rushes(*INDEX, films, "--json").json
    assert (resumed["analysed"], resumed["problems"]) == (1, [])
    assert len([each for each in rushes.documents() if each.stage == "scenes"]) == 1


def _interrupt_at(rushes: Rushes, films: Path, stage: str) -> int:
    """Send SIGINT as soon as `stage` is told of; the exit code."""
    process = rushes.start(*COMMAND, *INDEX, films)
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if stage in line:
                process.send_signal(signal.SIGINT)
                break
        return process.wait(timeout=60)
    finally:
        kill_group(process)
