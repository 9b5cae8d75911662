"""Fixtures of the end-to-end tests: folders that any account can enter, and fresh commands."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.commands import NewRushes, Rushes, data_directory


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that every account can enter: as root, Postgres runs as somebody else.

    `tmp_path` is for its owner alone, so that the cluster would lie outside of it.
    """
    made = Path(tempfile.mkdtemp(prefix="rushes-e2e-")).resolve()
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def new_rushes(folder: Path) -> Iterator[NewRushes]:
    """Makes commands over a fresh data directory each; at the end nothing of them runs."""
    with ExitStack() as stack:

        def make(like: Rushes | None = None, **environment: str) -> Rushes:
            data_dir = Path(tempfile.mkdtemp(prefix="data-", dir=folder))
            data_dir.chmod(0o755)
            if like is not None:
                like.wait_for_the_end_of_servers()
                subprocess.run(["cp", "-a", f"{like.data_dir}/.", data_dir], check=True)
            return stack.enter_context(data_directory(data_dir, **environment))

        yield make
