"""The servers of `rushes up` as processes: started, watched, started again, and ended together."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from rushes.errors import RushesError
from rushes.settings import PROJECT_ROOT

_STOP_SECONDS = 15.0
_PR_SET_PDEATHSIG = 1
_AGAIN = 5
"""So often a server that was killed is started again ..."""
_WITHIN_SECONDS = 600.0
"""... within this time."""


@dataclass
class Server:
    """One process. `comes_again`: whether it is started again where it was killed.

    A process that maps files is killed where a mapped file is cut short or its disk goes.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    comes_again: bool = False
    _process: subprocess.Popen[bytes] | None = None
    _killed_at: list[float] = field(default_factory=list)

    def start(self) -> None:
        """In a session of its own, with a log of this start; that of the start before is kept."""
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".previous.log"))
        self._process = self._started("wb")

    def check(self, say: Callable[[str], None]) -> None:
        """Start it again where that may help; RushesError `server_ended` where it has ended."""
        code = None if self._process is None else self._process.poll()
        if code is None:
            return
        how = f"was killed by {_signal_name(-code)}" if code < 0 else f"ended with {code}"
        if not (self.comes_again and code < 0 and self._may_come_again()):
            raise RushesError(
                f"{self.name} {how}",
                code="server_ended",
                remedy="see its log under logs in the data directory",
            )
        say(f"{self.name} {how}, starting it again; its log is {self.log}")
        self._process = self._started("ab")

    def tell(self, number: signal.Signals) -> None:
        """Send it, and what it started itself, a signal."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def wait(self, seconds: float) -> None:
        """For its end, at most so long."""
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(max(0.1, seconds))

    def _may_come_again(self) -> bool:
        now = time.monotonic()
        self._killed_at = [at for at in self._killed_at if now - at < _WITHIN_SECONDS]
        self._killed_at.append(now)
        return len(self._killed_at) <= _AGAIN

    def _started(self, mode: str) -> subprocess.Popen[bytes]:
        with self.log.open(mode) as out:
            return subprocess.Popen(
                self.command,
                cwd=PROJECT_ROOT,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )


def stop(servers: Sequence[Server]) -> None:
    """End each server and what it started itself: kindly first, then for good."""
    for each in servers:
        each.tell(signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    for each in servers:
        each.wait(deadline - time.monotonic())
        each.tell(signal.SIGKILL)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _die_with_parent() -> None:
    """Where the system can do it: end with `rushes up` even if that is killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
