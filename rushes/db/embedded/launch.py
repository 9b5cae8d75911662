"""Processes that belong to nobody: no child of ours, in a session of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rushes.db.embedded import keeper
from rushes.db.embedded.accounts import Account, identity
from rushes.db.embedded.binaries import Binaries
from rushes.db.embedded.initialise import server_environment
from rushes.db.embedded.location import Location

# The shell ends at once, so that the program is adopted by init: who ends a tree of processes
# does not find it. Arguments are passed, not quoted: a folder may have any name.
_DETACH = '"$@" </dev/null >&2 &'


def launch_server(location: Location, binaries: Binaries, port: int, server_lock: int) -> None:
    """Start Postgres on `port`; it and all its processes inherit `server_lock`."""
    program: list[str | Path] = [binaries.folder / "postgres", "-D", location.cluster]
    _launch(
        [*program, "-p", str(port), "-c", f"cluster_name={keeper.title_of(location.cluster)}"],
        log=location.start_log,
        hand_over=server_lock,
        account=location.account,
        environment=server_environment(),
    )


def launch_keeper(location: Location, keeper_lock: int) -> None:
    """Start the keeper, which inherits `keeper_lock`."""
    python = [sys.executable, "-S", "-E", keeper.__file__]
    _launch(
        [*python, location.folder, location.cluster, str(keeper_lock)],
        log=location.folder / "keeper.log",
        hand_over=keeper_lock,
    )


def _launch(
    command: Sequence[str | Path],
    *,
    log: Path,
    hand_over: int,
    account: Account | None = None,
    environment: dict[str, str] | None = None,
) -> None:
    with log.open("wb") as stderr:
        subprocess.run(
            ["/bin/sh", "-c", _DETACH, "sh", *command],
            cwd="/",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            pass_fds=(hand_over,),
            start_new_session=True,
            check=True,
            **identity(account),
        )
