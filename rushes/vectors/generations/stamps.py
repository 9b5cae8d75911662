"""Remembering in which state the files of a generation were verified.

Whatever writes, truncates or replaces a file changes its ctime or its inode, and no program can
set a ctime. So a file in the state that was verified holds the bytes that were verified, but for
what a disk does by itself; that is found by verifying from time to time all the same.
"""

from __future__ import annotations

import json
import logging
import os
import stat
from pathlib import Path
from typing import Any, Final, NamedTuple

from rushes.documents.durable import write_temporary
from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import FILES, MANIFEST
from rushes.vectors.generations.reading import damage_of

log = logging.getLogger(__name__)
_RACY_NS: Final = 2_000_000_000
"""A file that changed so shortly before could change again with no other ctime: clocks of file
systems tick every 4 ms to 2 s."""


class FileState(NamedTuple):
    """What a change of a file changes."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> FileState:
        """GenerationDamagedError where it is not a regular file."""
        if not stat.S_ISREG(status.st_mode):
            raise GenerationDamagedError("it is not a file")
        size, mtime, ctime = status.st_size, status.st_mtime_ns, status.st_ctime_ns
        return cls(status.st_dev, status.st_ino, size, mtime, ctime)


States = dict[str, FileState]


def states_of(generation: Path) -> States:
    """Of all its files, the manifest among them. GenerationDamagedError where one is missing."""
    found = {}
    for name in (*FILES, MANIFEST):
        with damage_of(generation / name):
            found[name] = FileState.of((generation / name).stat())
    return found


def is_stamped(folder: SpaceFolder, name: str, manifest_sha256: str, states: States) -> bool:
    """Whether the generation was verified in exactly this state."""
    try:
        return folder.stamp(name).read_bytes() == _stamp(name, manifest_sha256, states)
    except OSError:
        return False


def write_stamp(
    folder: SpaceFolder, name: str, manifest_sha256: str, states: States, now_ns: int
) -> bool:
    """Remember the state, which stood at `now_ns` and was verified since. False: too fresh a one.

    Raises nothing: without a stamp the next start takes longer.
    """
    if any(each.ctime_ns > now_ns - _RACY_NS for each in states.values()):
        return False
    try:
        content = _stamp(name, manifest_sha256, states)
        write_temporary(folder.stamp(name), content, sync=False).replace(folder.stamp(name))
    except OSError as error:
        log.warning("%s %s: cannot be stamped: %s", folder.space.key, name, error)
        return False
    return True


def remove_stamp(folder: SpaceFolder, name: str) -> None:
    """Forget that it was verified."""
    try:
        folder.stamp(name).unlink(missing_ok=True)
    except OSError as error:
        log.error("%s %s: its stamp stays: %s", folder.space.key, name, error)


def _stamp(name: str, manifest_sha256: str, states: States) -> bytes:
    """It is compared as a whole: one that is damaged is no stamp."""
    content: dict[str, Any] = {"name": name, "manifest": manifest_sha256, "files": states}
    return json.dumps(content, sort_keys=True).encode()
