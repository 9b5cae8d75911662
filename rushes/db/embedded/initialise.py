"""Making a cluster: one `initdb` in a staging folder, put in place by a rename."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from rushes.db.embedded.accounts import Account, give, identity
from rushes.db.embedded.binaries import Binaries
from rushes.db.embedded.location import Location
from rushes.errors import DatabaseError

SUPERUSER = "rushes"
_INITDB_SECONDS = 180
_CONFIGURATION_NAME = "rushes.conf"
# For one machine that does other work too. Nothing acknowledged is lost: fsync stays on.
_CONFIGURATION = """\
# Written by Rushes at every start. Changes of your own go to the end of postgresql.conf.
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 16MB
maintenance_work_mem = 128MB
random_page_cost = 1.1
jit = off
fsync = on
synchronous_commit = on
min_wal_size = 64MB
max_wal_size = 512MB
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
logging_collector = on
log_directory = 'log'
log_filename = 'postgres-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
log_min_messages = warning
log_line_prefix = '%m [%p] '
"""


def initialise(location: Location, binaries: Binaries, password: str) -> None:
    """Make the cluster of `location`. Killed half way it leaves no cluster. Hold `start.lock`."""
    for remains in location.home.glob("initdb-*"):
        shutil.rmtree(remains, ignore_errors=True)
    staging = Path(tempfile.mkdtemp(prefix="initdb-", dir=location.home))
    try:
        give(staging, location.account)
        _write(staging, "password", password, location.account)
        _run_initdb(staging, binaries, location.account)
        _include_configuration(staging / "cluster")
        write_configuration(staging / "cluster", location.account)
        (staging / "cluster").rename(location.cluster)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def write_configuration(cluster: Path, account: Account | None) -> None:
    """Bring our settings in `cluster` up to date."""
    path = cluster / _CONFIGURATION_NAME
    if not path.exists() or path.read_text() != _CONFIGURATION:
        _write(cluster, _CONFIGURATION_NAME, _CONFIGURATION, account)


def _include_configuration(cluster: Path) -> None:
    with (cluster / "postgresql.conf").open("a") as configuration:
        configuration.write(f"\ninclude '{_CONFIGURATION_NAME}'\n")


def _write(folder: Path, name: str, content: str, account: Account | None) -> None:
    # A new file put in place: never writes through a link that `account` may have laid there.
    temporary = folder / f".{name}.{os.urandom(8).hex()}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(content)
    give(temporary, account)
    temporary.replace(folder / name)


def _run_initdb(staging: Path, binaries: Binaries, account: Account | None) -> None:
    done = subprocess.run(
        [
            binaries.folder / "initdb",
            f"--pgdata={staging / 'cluster'}",
            f"--username={SUPERUSER}",
            f"--pwfile={staging / 'password'}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ],
        cwd="/",
        env=server_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_INITDB_SECONDS,
        check=False,
        start_new_session=True,
        **identity(account),
    )
    if done.returncode != 0:
        raise start_failure("Postgres could not make its cluster", done.stderr)


def server_environment() -> dict[str, str]:
    """The environment of Postgres: without the PG* variables and the language of the caller."""
    kept = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"}


def start_failure(what: str, log: str) -> DatabaseError:
    """The error for a Postgres that failed and said `log`."""
    last_lines = " | ".join(line.strip() for line in log.strip().splitlines()[-6:])
    if "No space left on device" in log or "Disk quota exceeded" in log:
        return DatabaseError(
            f"{what}: the disk is full.", code="disk_full", remedy="free some space and try again"
        )
    return DatabaseError(
        f"{what}. It said: {last_lines or 'nothing'}",
        code="database_start_failed",
        remedy="mend what it names, or restore the data directory from a backup",
    )
