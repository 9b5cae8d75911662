"""The node of one folder: finds it alive, or starts it and waits until it answers."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from rushes.db.embedded import locks
from rushes.db.embedded.detached import launch_detached
from rushes.search.node.note import note_path, noted_address
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.quickwit.errors import QuickwitUnavailableError
from rushes.settings import PROJECT_ROOT

START_SECONDS = 60.0  # includes reading the log of documents back after a crash
_LAUNCHES = 2
_POLL_SECONDS = 0.03
_LOG_BYTES = 2**20
_QUOTED_BYTES = 4096
# It needs no secret, so it gets none: only what a Python needs to start.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH", "TMPDIR")


def answers(folder: Path) -> bool:
    """Whether a node listens where it noted, and says that it is ready. Starts nothing."""
    address = noted_address(folder)
    if address is None:
        return False
    with QuickwitClient(address) as client:
        return client.is_ready()


def start_node(folder: Path) -> str:
    """The address of a node that is ready, started when there is none. Hold `start.lock`.

    A node that is just ending is waited for. Raises `QuickwitUnavailableError` when it does not
    start, or is not ready within 60 s.
    """
    launches = 0
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        node_lock = locks.try_lock(folder / "node.lock")
        if node_lock is not None:  # nothing of a node is left
            try:
                if launches == _LAUNCHES:
                    raise _failure(folder)
                _launch(folder, node_lock)
            finally:
                os.close(node_lock)
            launches += 1
        address = noted_address(folder)
        if address is not None and answers(folder):
            return address
        time.sleep(_POLL_SECONDS)  # it starts or ends
    raise QuickwitUnavailableError(
        f"The embedded search node was not ready within {START_SECONDS:.0f} s.",
        was_sent=False,
        remedy=f"try again: reading its log back may take longer; else see {_log(folder)}",
    )


def _launch(folder: Path, node_lock: int) -> None:
    note_path(folder).unlink(missing_ok=True)  # another program may have that port by now
    log = _log(folder)
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".log.old"))
    launch_detached(
        [
            *(sys.executable, "-m", "quickwit.node"),
            *("--data", folder / "data"),
            *("--port", "0"),
            *("--port-file", note_path(folder)),
            *("--users-lock", folder / "users.lock"),
        ],
        log=log,
        hand_over=node_lock,
        environment={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        folder=PROJECT_ROOT,
        append=True,
    )


def _failure(folder: Path) -> QuickwitUnavailableError:
    said = _log(folder).read_bytes()[-_QUOTED_BYTES:].decode(errors="replace")
    last_lines = " | ".join(line.strip() for line in said.strip().splitlines()[-4:])
    return QuickwitUnavailableError(
        f"The embedded search node did not start. It said: {last_lines or 'nothing'}",
        was_sent=False,
        remedy=f"mend what it names; see {_log(folder)}",
    )


def _log(folder: Path) -> Path:
    return folder / "node.log"
