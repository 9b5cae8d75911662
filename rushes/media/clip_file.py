"""Where clips are written: a nameless file for one answer, or a file that a person asked for."""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import FileIO
from pathlib import Path

from rushes.library.targets import allowed_target, invalid_target, target_exists
from rushes.media.clip import Clip
from rushes.media.disk_errors import storage_error

CLIP_SUFFIXES = frozenset({".mp4", ".m4v"})
LEFT_BEHIND_SECONDS = 24 * 3600.0
"""A scratch file this old belongs to a process that was killed."""

Export = Callable[[Path], Clip]
"""Writes the clip to that path."""


def scratch_clip(folder: Path, export: Export) -> tuple[FileIO, Clip]:
    """The clip as an open file that has no name any more: it is gone when it is closed.

    Raises what `export` raises, and StorageError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(folder)
        handle, name = tempfile.mkstemp(suffix=".mp4", dir=folder)
        os.close(handle)
    except OSError as error:
        raise storage_error(error, folder) from error
    path = Path(name)
    try:
        clip = export(path)
        return FileIO(path, "r"), clip
    finally:
        path.unlink(missing_ok=True)


def saved_clip(
    target: Path, roots: Iterable[Path], export: Export, *, overwrite: bool = False
) -> Clip:
    """Writes the clip to `target`, whole or not at all.

    InvalidRequestError (`invalid_target`, `target_exists`) before anything is read where it may
    not be written there: inside a library, over another file, or not as MP4.
    """
    place = _allowed_place(target, roots, overwrite=overwrite)
    temporary = place.with_name(f".{secrets.token_hex(8)}.part")
    try:
        clip = export(temporary)
        if overwrite:
            temporary.replace(place)
        else:
            _link(temporary, place)
        return clip
    finally:
        temporary.unlink(missing_ok=True)


def _allowed_place(target: Path, roots: Iterable[Path], *, overwrite: bool) -> Path:
    """`target` with all links resolved."""
    if target.suffix.lower() not in CLIP_SUFFIXES:
        raise invalid_target(f"'{target.name}' is no name of an MP4 file", "let it end in .mp4")
    return allowed_target(target, roots, overwrite=overwrite)


def _link(temporary: Path, place: Path) -> None:
    """Gives the file its name unless another has come by it meanwhile."""
    try:
        os.link(temporary, place)
    except FileExistsError as error:
        raise target_exists(place) from error
    except OSError:  # a file system without links
        if place.exists():
            raise target_exists(place) from None
        temporary.rename(place)


def _sweep(folder: Path) -> None:
    old = time.time() - LEFT_BEHIND_SECONDS
    for path in folder.glob("*.mp4"):
        with suppress(OSError):  # another process may have been first
            if path.stat().st_mtime < old:
                path.unlink()
