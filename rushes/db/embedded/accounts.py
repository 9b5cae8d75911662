"""The system account a server runs as: Postgres refuses to run as root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from rushes.errors import DatabaseError


class ProcessIdentity(TypedDict, total=False):
    """The arguments of `subprocess.Popen` that change who runs."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """Another account to run as; only root can."""

    uid: int
    gid: int


def identity(account: Account | None) -> ProcessIdentity:
    """How to start a process as `account`; None: as ourselves."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def give(path: Path, account: Account | None) -> None:
    """Make `path` a possession of `account`."""
    if account is not None:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def account_for(cluster: Path) -> Account | None:
    """Who runs the server of `cluster`: its owner where we are root, else we ourselves.

    For a cluster not made yet root takes an account that exists; none is ever created.
    """
    if os.geteuid() != 0:
        return None
    if cluster.exists():
        status = cluster.stat()
        if status.st_uid != 0:
            return Account(status.st_uid, status.st_gid)
    return _unprivileged_account()


def _unprivileged_account() -> Account:
    accounts = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid > 0}
    if not accounts:
        raise DatabaseError(
            "Postgres does not run as root, and this system has no other account.",
            retryable=False,
            remedy="run Rushes as a plain user or set DATABASE_URL",
        )
    entry = accounts.get("nobody") or min(accounts.values(), key=lambda each: each.pw_uid)
    return Account(entry.pw_uid, entry.pw_gid)


def can_enter(folder: Path, account: Account | None) -> bool:
    """Whether `account` can reach and enter `folder`: tried, as modes alone do not tell."""
    if account is None:
        return True
    attempt = ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
    quiet = subprocess.DEVNULL
    done = subprocess.run(
        attempt, cwd="/", stdout=quiet, stderr=quiet, check=False, **identity(account)
    )
    return done.returncode == 0
