"""Real users of a real embedded server: processes that are started, asked and killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rushes.db.embedded.keeper import find_postmaster
from rushes.db.embedded.location import known_location
from rushes.settings import PROJECT_ROOT

# A user says what it got, does it again for every line it hears, and stays until it is killed.
_USER = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from rushes.db.server import ensure_database
from rushes.errors import RushesError
from rushes.settings import Settings
settings = Settings(data_dir=Path(sys.argv[1]), RUSHES_DATABASE_URL=None)
while True:
    try:
        said = asdict(ensure_database(settings))
    except RushesError as error:
        said = {"error": str(error), "code": error.code}
    print(json.dumps(said), flush=True)
    if not sys.stdin.readline():
        break
"""


class User:
    """One process in a process group of its own that uses the database of `data_dir`."""

    def __init__(self, data_dir: Path, python: str = sys.executable, **identity: Any) -> None:
        self.process = subprocess.Popen(
            [python, "-c", _USER, str(data_dir)],
            cwd=PROJECT_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **identity,
        )

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def ask_again(self) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write("again\n")
        self.process.stdin.flush()
        return self.answer()

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()


def postmaster_of(data_dir: Path) -> int | None:
    return find_postmaster(known_location(data_dir / "postgres").cluster)


def _wait_for_the_end_of(data_dir: Path) -> None:
    deadline = time.monotonic() + 15
    while postmaster_of(data_dir) is not None and time.monotonic() < deadline:
        time.sleep(0.05)


@pytest.fixture
def postmaster() -> Callable[[Path], int | None]:
    """The pid of the server of a data directory, None when there is none."""
    return postmaster_of


@pytest.fixture
def wait_until() -> Callable[[Callable[[], object], float], None]:
    """Wait for a condition for so many seconds; fails when it does not come true."""

    def wait(condition: Callable[[], object], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds} s"
            time.sleep(0.05)

    return wait


@pytest.fixture
def start_user() -> Iterator[Callable[..., User]]:
    """Start users; at the end of the test all of them are killed and their servers gone."""
    users: list[User] = []
    folders: set[Path] = set()

    def start(data_dir: Path, **identity: Any) -> User:
        users.append(User(data_dir, **identity))
        folders.add(data_dir)
        return users[-1]

    yield start
    for user in users:
        user.kill()
    for folder in folders:
        _wait_for_the_end_of(folder)
        home = known_location(folder / "postgres").home
        if home != folder / "postgres":
            shutil.rmtree(home)


def _open_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="rushes-test-")).resolve()
    folder.chmod(0o755)
    return folder


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data directory that every account can enter, unlike `tmp_path` under root."""
    folder = _open_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[Path, User, dict[str, Any]]]:
    """A data directory, the one user that keeps its server up, and what that user was told.

    For tests that leave server and user alone.
    """
    folder = _open_folder()
    user = User(folder)
    yield folder, user, user.answer()
    user.kill()
    _wait_for_the_end_of(folder)
    shutil.rmtree(folder, ignore_errors=True)
