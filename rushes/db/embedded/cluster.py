"""The server of one cluster: finds it alive, or starts it and waits until it answers."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from rushes.db.embedded import locks
from rushes.db.embedded.binaries import Binaries, binaries_for
from rushes.db.embedded.initialise import initialise, start_failure, write_configuration
from rushes.db.embedded.keeper import end_orphans, find_postmaster
from rushes.db.embedded.launch import launch_server
from rushes.db.embedded.location import Location, make_location, read_note, write_note
from rushes.db.embedded.probe import HOST, Answer, probe
from rushes.errors import DatabaseError

START_SECONDS = 60.0  # includes recovery after a crash
_LAUNCHES = 5
_POLL_SECONDS = 0.03
_LOG_BYTES = 4096


def recorded_port(folder: Path) -> int | None:
    """The port of the last start; it says nothing about a server being there."""
    port = read_note(folder / "server.json").get("port")
    return int(port) if port else None


def start_server(folder: Path, password: str) -> int:
    """The port of a server that answers, started when none does. Hold `start.lock`.

    Raises `DatabaseError` when it fails or does not answer within 60 s.
    """
    location = make_location(folder)
    binaries: Binaries | None = None
    launches = 0
    answer = Answer(alive=False)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        server_lock = locks.try_lock(folder / "server.lock")
        if server_lock is not None:  # nothing of a server is left
            try:
                binaries = binaries or _prepare(location, password)
                _launch(location, binaries, server_lock, launches)
            finally:
                os.close(server_lock)
            launches += 1
        port = recorded_port(folder) or 0
        answer = probe(port, password, location.cluster)
        if answer.alive:
            return port
        _refuse_a_wrong_password(answer, folder)
        end_orphans(location.cluster)
        time.sleep(_POLL_SECONDS)  # it starts, recovers or stops
    raise DatabaseError(
        f"Postgres on {location.cluster} did not answer within {START_SECONDS:.0f} s:"
        f" {answer.reason}",
        remedy="try again: recovery may take longer; else look into its log folder",
    )


def _prepare(location: Location, password: str) -> Binaries:
    """Programs and a cluster that fit each other."""
    binaries = binaries_for(location)
    if not location.cluster.exists():
        initialise(location, binaries, password)
    _refuse_a_foreign_cluster(location.cluster, binaries)
    write_configuration(location.cluster, location.account)
    return binaries


def _launch(location: Location, binaries: Binaries, server_lock: int, launches: int) -> None:
    port = recorded_port(location.folder)
    taken = port is None or not _is_free(port)
    # A start that failed is tried again only for a port that someone was quicker to take.
    if launches and (not taken or launches >= _LAUNCHES):
        raise start_failure(f"Postgres on {location.cluster} did not start", _last_log(location))
    if taken:
        write_note(location.folder / "server.json", {"port": _free_port()})
    _remove_stale_pid_file(location.cluster)
    chosen = recorded_port(location.folder)
    if chosen is None:
        raise DatabaseError(f"The port of Postgres could not be noted in {location.folder}.")
    launch_server(location, binaries, chosen, server_lock)


def _remove_stale_pid_file(cluster: Path) -> None:
    """Nothing of the server is left, but its pid may name another process by now.

    Postgres would refuse to start for that. A server that was started by hand holds no lock of
    ours, so look for one.
    """
    if find_postmaster(cluster) is None:
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as candidate:
        # As Postgres does: connections of the last server that linger are no obstacle.
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((HOST, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as candidate:
        candidate.bind((HOST, 0))
        return int(candidate.getsockname()[1])


def _refuse_a_wrong_password(answer: Answer, folder: Path) -> None:
    if answer.password_refused:
        raise DatabaseError(
            f"The Postgres of {folder} does not take the password of this data directory.",
            code="database_password",
            retryable=False,
            remedy="bring back the file secrets/postgres_password that the database was made with",
        )


def _refuse_a_foreign_cluster(cluster: Path, binaries: Binaries) -> None:
    try:
        major = (cluster / "PG_VERSION").read_text().strip()
        (cluster / "global" / "pg_control").stat()
    except FileNotFoundError as error:
        raise DatabaseError(
            f"The database in {cluster} is damaged: {Path(error.filename).name} is missing.",
            code="database_damaged",
            retryable=False,
            remedy="restore it from a backup, or move the folder away to begin empty",
        ) from error
    if major != binaries.major:
        raise DatabaseError(
            f"The database in {cluster} is of Postgres {major}, the one here is {binaries.major}.",
            code="database_version",
            retryable=False,
            remedy=f"dump it with Postgres {major} and load it into a new one,"
            " or move the folder away to begin empty",
        )


def _last_log(location: Location) -> str:
    logs = sorted(location.cluster.glob("log/*.log"), key=lambda path: path.stat().st_mtime)
    paths = [*logs[-1:], location.start_log]
    tails = (path.read_bytes()[-_LOG_BYTES:] for path in paths if path.exists())
    return b"\n".join(tails).decode(errors="replace")
