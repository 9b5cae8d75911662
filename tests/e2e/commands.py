"""The real command line over a data directory of its own, as processes that can be killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rushes.db.embedded.keeper import title_of
from rushes.db.embedded.location import known_location
from rushes.documents import Document, DocumentIndex
from rushes.settings import PROJECT_ROOT

COMMAND = ("-m", "orchestration.cli")
STAGES = ("source_video", "media_pass", "scenes", "transcript", "frame_embeddings")
"""What faults are tried on: decoding, numbers, speech and vectors; all of them load quickly."""
INDEX = ("index", "--stages", ",".join(STAGES))
END_SECONDS = 5.0
"""How long servers may outlive their last user."""
_TIMEOUT_SECONDS = 180.0
_SETTINGS_OF_OTHERS = ("DATABASE_URL", "QUICKWIT_URL", "DAGSTER_HOME")


@dataclass(frozen=True)
class Finished:
    """What a command left: its exit code (negative: the signal) and what it printed."""

    exit_code: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.stdout)

    @property
    def codes(self) -> dict[str, str]:
        """Path -> code of what `index --json` could not do."""
        return {each["path"]: each["code"] for each in self.json["problems"]}


class Rushes:
    """Commands over one data directory. Every process is the leader of its own group."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.environment = environment

    def __call__(self, *arguments: str | Path, exit_code: int | None = 0) -> Finished:
        """Run `rushes ARGUMENTS` to its end; `exit_code` None: any will do."""
        return self.run(*COMMAND, *arguments, exit_code=exit_code)

    def run(self, *arguments: str | Path, exit_code: int | None = 0) -> Finished:
        """Run Python with these arguments to its end."""
        started = time.monotonic()
        process = self.start(*arguments)
        try:
            stdout, stderr = process.communicate(timeout=_TIMEOUT_SECONDS)
        finally:
            kill_group(process)
        finished = Finished(process.returncode, stdout, stderr, time.monotonic() - started)
        if exit_code is not None:
            assert finished.exit_code == exit_code, f"{arguments}: {finished}"
        assert "Traceback" not in stderr, stderr
        return finished

    def index(
        self, films: Path, *options: str, exit_code: int | None = 0
    ) -> tuple[Finished, dict[str, Any]]:
        """`index FILMS --json` and the state that it leaves, in one process: it saves a start."""
        told = self.data_dir / "state.json"
        driven = ("-m", "tests.e2e.fault_driver", "--state", told, "--")
        finished = self.run(*driven, *INDEX, films, "--json", *options, exit_code=exit_code)
        return finished, json.loads(told.read_text())

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start Python with these arguments in a process group of its own."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("RUSHES_", "DAGSTER_")) and name not in _SETTINGS_OF_OTHERS
        }
        ours = {
            "PYTHONPATH": str(PROJECT_ROOT),
            "RUSHES_DATA_DIR": str(self.data_dir),
            "RUSHES_OFFLINE": "true",
            "RUSHES_CPU_THREADS": "1",  # films this short are not worth waking a second one
        }
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=PROJECT_ROOT,
            env=inherited | ours | self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def documents(self) -> list[Document]:
        """Every document on disk, in no order."""
        return list(DocumentIndex(self.data_dir / "documents").walk())

    def servers(self) -> list[str]:
        """The command lines of the living servers and keepers of this data directory."""
        folder = self.data_dir / "postgres"
        signs = (str(folder), title_of(known_location(folder).cluster))
        return [line for line in _command_lines() if any(sign in line for sign in signs)]

    def wait_for_the_end_of_servers(self, seconds: float = END_SECONDS) -> None:
        """Fails when a server outlives its last user by more than `seconds`."""
        deadline = time.monotonic() + seconds
        while servers := self.servers():
            assert time.monotonic() < deadline, f"after {seconds} s there are still {servers}"
            time.sleep(0.05)


def kill_group(process: subprocess.Popen[str]) -> None:
    """`kill -9` of the process and all that it started and left in its group."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@contextmanager
def data_directory(folder: Path, **environment: str) -> Iterator[Rushes]:
    """Commands over `folder`, which ends with nothing running and nothing left."""
    rushes = Rushes(folder, **environment)
    try:
        yield rushes
    finally:
        rushes.wait_for_the_end_of_servers(3 * END_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


NewRushes = Callable[..., Rushes]
"""Makes a `Rushes` with a data directory: empty, or a copy of that of `like`."""


def _command_lines() -> Iterator[str]:
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            yield os.fsdecode((process / "cmdline").read_bytes()).replace("\0", " ")
        except OSError:  # ended meanwhile
            continue
