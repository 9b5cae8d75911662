"""Real users of a real embedded search node: processes that are started, asked and killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from rushes.settings import PROJECT_ROOT

# Does what each line that it hears says, tells what came of it, and stays until it is killed.
_USER = """
import json, os, sys, time
from pathlib import Path
from rushes.errors import RushesError
from rushes.search.node.joining import Reviver, join_node
from rushes.search.node.launch import answers
from rushes.search.quickwit import connection
from rushes.settings import Settings
folder = Path(sys.argv[1]) / "quickwit"
settings = Settings(data_dir=Path(sys.argv[1]), RUSHES_QUICKWIT_URL=None)
reviver = Reviver(folder)
def fork():
    child = os.fork()
    if child == 0:
        time.sleep(600)
    return child
def revive():
    begin = time.monotonic()
    for _ in range(20):
        reviver.revive()
    return time.monotonic() - begin
actions = {
    "join": lambda: join_node(folder), "fork": fork, "revive": revive,
    "ready": lambda: answers(folder), "revive as settings say": lambda: connection.revive(settings),
    "open": lambda: connection.open_quickwit(settings).is_ready(),
}
print("here", flush=True)
for line in sys.stdin:
    try:
        said = {"answer": actions[line.strip()]()}
    except RushesError as error:
        said = {"error": str(error), "code": error.code, "was_sent": error.was_sent}
    print(json.dumps(said), flush=True)
"""


class User:
    """One process in a process group of its own that uses the node of `data_dir` when told to."""

    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _USER, str(data_dir)],
            cwd=PROJECT_ROOT,
            env={**os.environ, "RUSHES_API_KEY": "a secret"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._is_here = False

    def tell(self, action: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{action}\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        self.wait_until_here()
        return json.loads(self._line())

    def ask(self, action: str) -> Any:
        self.tell(action)
        return self.hear()["answer"]

    def wait_until_here(self) -> None:
        """Until it has loaded what it needs, and listens."""
        if not self._is_here:
            assert self._line() == "here\n"
            self._is_here = True

    def kill(self, *, group: bool = True) -> None:
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        if group:
            self._kill_group()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


def nodes_of(data_dir: Path) -> list[psutil.Process]:
    """The nodes that serve a data directory, found by their arguments."""
    data = str(data_dir / "quickwit" / "data")
    return [
        process
        for process in psutil.process_iter(["cmdline", "status"])
        if data in (process.info["cmdline"] or []) and "-m" in process.info["cmdline"]
    ]


@pytest.fixture
def wait_until() -> Callable[[Callable[[], object], float], None]:
    """Wait for a condition for so many seconds; fails when it does not come true."""

    def wait(condition: Callable[[], object], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds} s"
            time.sleep(0.03)

    return wait


@pytest.fixture
def start_user(data_dir: Path) -> Iterator[Callable[[], User]]:
    """Start users of one data directory; in the end all are killed and their node is gone."""
    users: list[User] = []

    def start() -> User:
        users.append(User(data_dir))
        return users[-1]

    yield start
    for user in users:
        user.kill()
    deadline = time.monotonic() + 15
    while nodes_of(data_dir) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert nodes_of(data_dir) == []
