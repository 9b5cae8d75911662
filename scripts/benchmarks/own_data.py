"""A data directory of its own for a measured process, and nobody's settings."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
CHOSEN = ("RUSHES_PROFILE", "RUSHES_PROFILES_FILE", "RUSHES_MODELS_DIR", "RUSHES_CPU_THREADS")
"""Settings that a person may give to measure other models than those of a fresh machine."""

STOP_SECONDS = 15.0
"""The Postgres of a data directory stops within so long after its last user."""


@contextmanager
def own_data(prefix: str) -> Iterator[dict[str, str]]:
    """The environment of processes that share a fresh data directory, which is removed after."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    foreign = ("RUSHES_", "DAGSTER_", "DATABASE_URL", "QUICKWIT_URL")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in CHOSEN or not name.startswith(foreign)
    }
    settings = {"RUSHES_DATA_DIR": str(folder), "RUSHES_OFFLINE": "1", "PYTHONPATH": str(PROJECT)}
    try:
        yield kept | settings
    finally:
        remove_folder(folder)


def remove_folder(folder: Path) -> None:
    """Again and again until its Postgres has stopped writing there."""
    until = time.monotonic() + STOP_SECONDS
    while folder.exists() and time.monotonic() < until:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.2)
