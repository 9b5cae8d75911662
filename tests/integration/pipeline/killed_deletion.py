"""Deletions that are killed with `kill -9`, each at a boundary between two of its steps.

    python -m tests.integration.pipeline.killed_deletion DATABASE_URL DATA_DIR ASSET_ID BOUNDARY...

Each dies in a process of its own, one after the other; the names of those that did are printed.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from rushes.db.engine import make_engine
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.deletion import FilmDeletion
from rushes.settings import Settings
from tests.idle_runner import IdleRunner


def delete_and_die(url: str, data_dir: str, asset_id: str, boundary: str) -> None:
    """Delete the film, and die at `boundary`."""

    def die(reached: str) -> None:
        if reached == boundary:
            os.kill(os.getpid(), signal.SIGKILL)

    context = PipelineContext(Settings(data_dir=Path(data_dir)), make_engine(url))
    FilmDeletion(context, IdleRunner(), "test", crash_points=die).delete([asset_id])


def main(url: str, data_dir: str, asset_id: str, *boundaries: str) -> None:
    """Try it once for each boundary."""
    for boundary in boundaries:
        if not (child := os.fork()):
            delete_and_die(url, data_dir, asset_id, boundary)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            print(boundary)


if __name__ == "__main__":
    main(*sys.argv[1:])
