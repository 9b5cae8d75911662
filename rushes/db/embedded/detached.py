"""Processes that belong to nobody: no child of ours, in a session of their own."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from rushes.db.embedded.accounts import Account, identity

# The shell ends at once, so that the program is adopted by init: who ends a tree of processes
# does not find it. Arguments are passed, not quoted: a folder may have any name.
_DETACH = '"$@" </dev/null >&2 &'


def launch_detached(
    command: Sequence[str | Path],
    *,
    log: Path,
    hand_over: int,
    account: Account | None = None,
    environment: dict[str, str] | None = None,
    folder: Path = Path("/"),
    append: bool = False,
) -> None:
    """Start `command` in `folder`; it inherits the descriptor `hand_over`.

    What it says goes to `log`, in place of what is there or, with `append`, after it.
    """
    with log.open("ab" if append else "wb") as stderr:
        subprocess.run(
            ["/bin/sh", "-c", _DETACH, "sh", *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            pass_fds=(hand_over,),
            start_new_session=True,
            check=True,
            **identity(account),
        )
