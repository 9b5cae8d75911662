"""The keeper: waits until nobody uses the server, stops it, and goes.

Run by path in an interpreter without site-packages, so it imports the standard library only. It
runs in a session of its own: neither Ctrl-C nor `kill -9` of a process group of users reaches it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

# A stopped server must be gone 5 s after its last user: 3 s to write its checkpoint, then the
# immediate stop (the next start recovers from the log), at last SIGKILL.
_ESCALATION = ((0.0, signal.SIGINT), (3.0, signal.SIGQUIT), (4.2, signal.SIGKILL))
_GIVE_UP_SECONDS = 30.0
_POLL_SECONDS = 0.03


def find_postmaster(cluster: Path) -> int | None:
    """The pid of the server that runs on `cluster`; None when there is none to be seen."""
    return next((pid for pid, line in _command_lines() if _serves(line, str(cluster))), None)


def _command_lines() -> Iterator[tuple[int, list[str]]]:
    if not Path("/proc/self/cmdline").exists():
        yield from _command_lines_of_ps()
        return
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            raw = (process / "cmdline").read_bytes()
        except OSError:  # ended meanwhile
            continue
        yield int(process.name), os.fsdecode(raw).split("\0")


def _command_lines_of_ps() -> Iterator[tuple[int, list[str]]]:
    done = subprocess.run(
        ["ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=False
    )
    for line in done.stdout.splitlines():
        pid, _, command = line.strip().partition(" ")
        program, _, rest = command.partition(" -D ")
        folder, _, _ = rest.rpartition(" -p ")
        yield int(pid), [program, "-D", folder]


def _serves(arguments: list[str], cluster: str) -> bool:
    # Servers started here are always called `.../postgres -D CLUSTER -p PORT`.
    return arguments[0].endswith("postgres") and arguments[1:3] == ["-D", cluster]


def title_of(cluster: Path) -> str:
    """The `cluster_name` of a server: every process of it but the first shows it in its title."""
    return "rushes-" + hashlib.sha256(os.fsencode(cluster)).hexdigest()[:16]


def end_orphans(cluster: Path) -> None:
    """End the processes of `cluster` whose server was killed: a busy one would not notice.

    They are looked for before the server is: so one that is just starting loses none of its own.
    """
    beginning = f"postgres: {title_of(cluster)}: "
    orphans = [pid for pid, line in _command_lines() if line[0].startswith(beginning)]
    if orphans and find_postmaster(cluster) is None:
        for pid in orphans:
            _signal(pid, signal.SIGKILL)


def stop_server(cluster: Path, server_lock: int) -> None:
    """Stop whatever serves `cluster`, gently and then less so; returns when nothing is left.

    A server may be held to live (its lock is taken) before it can be seen: it is just being
    started by a process that was killed. So look again until the lock is free.
    """
    begin = time.monotonic()
    steps = list(_ESCALATION)
    while not _locked_now(server_lock):
        elapsed = time.monotonic() - begin
        if elapsed > _GIVE_UP_SECONDS:
            return
        pid = find_postmaster(cluster)
        if pid is None:
            end_orphans(cluster)
        elif steps and elapsed >= steps[0][0]:
            _signal(pid, steps.pop(0)[1])
        time.sleep(_POLL_SECONDS)


def _locked_now(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def keep(folder: Path, cluster: Path, keeper_lock: int) -> None:
    """Block until `users.lock` in `folder` has no holder, then stop the server of `cluster`."""
    users = os.open(folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    server = os.open(folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(users, fcntl.LOCK_EX)
    stop_server(cluster, server)
    # Users come in when `users.lock` falls: by then this must not look like a living keeper,
    # and the server's lock must be free to take.
    os.close(server)
    os.close(keeper_lock)
    os.close(users)


if __name__ == "__main__":
    keep(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
