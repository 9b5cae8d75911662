"""Starting Postgres and its keeper."""

from __future__ import annotations

import sys
from pathlib import Path

from rushes.db.embedded import keeper
from rushes.db.embedded.binaries import Binaries
from rushes.db.embedded.detached import launch_detached
from rushes.db.embedded.initialise import server_environment
from rushes.db.embedded.location import Location


def launch_server(location: Location, binaries: Binaries, port: int, server_lock: int) -> None:
    """Start Postgres on `port`; it and all its processes inherit `server_lock`."""
    program: list[str | Path] = [binaries.folder / "postgres", "-D", location.cluster]
    launch_detached(
        [*program, "-p", str(port), "-c", f"cluster_name={keeper.title_of(location.cluster)}"],
        log=location.start_log,
        hand_over=server_lock,
        account=location.account,
        environment=server_environment(),
    )


def launch_keeper(location: Location, keeper_lock: int) -> None:
    """Start the keeper, which inherits `keeper_lock`."""
    python = [sys.executable, "-S", "-E", keeper.__file__]
    launch_detached(
        [*python, location.folder, location.cluster, str(keeper_lock)],
        log=location.folder / "keeper.log",
        hand_over=keeper_lock,
    )
