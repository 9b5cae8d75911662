"""Where a file of ours may be written: anywhere but in a library, and over nothing by accident."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Engine

from rushes.errors import InvalidRequestError
from rushes.library.repository import all_libraries


def library_roots(engine: Engine) -> list[Path]:
    """The roots that are never written to."""
    with engine.connect() as connection:
        return [library.root for library in all_libraries(connection)]


def allowed_target(target: Path, roots: Iterable[Path], *, overwrite: bool) -> Path:
    """`target` with all links resolved.

    InvalidRequestError `invalid_target` inside one of `roots`, in no folder or on what is no plain
    file; `target_exists` where a file stands there that is not to be written over.
    """
    place = Path(os.path.realpath(target))
    for root in roots:
        if place.is_relative_to(os.path.realpath(root)) or _is_within(place.parent, root):
            raise invalid_target(
                f"'{target}' lies in the library '{root}', which is never written to",
                "choose a place outside of it",
            )
    if not place.parent.is_dir():
        raise invalid_target(f"there is no folder '{place.parent}'", "make it first")
    if place.exists() and not place.is_file():
        raise invalid_target(f"'{target}' is no plain file", "choose another name")
    if place.exists() and not overwrite:
        raise target_exists(target)
    return place


def invalid_target(message: str, remedy: str) -> InvalidRequestError:
    """Nothing can be written there."""
    return InvalidRequestError(message, code="invalid_target", remedy=remedy)


def target_exists(target: Path) -> InvalidRequestError:
    """Something stands there."""
    return InvalidRequestError(
        f"'{target}' is there already",
        code="target_exists",
        remedy="choose another name, or write over it with --force",
    )


def _is_within(folder: Path, root: Path) -> bool:
    """The same by device and inode: names may differ in case, or through mounts."""
    for each in (folder, *folder.parents):
        with suppress(OSError):
            if each.samefile(root):
                return True
    return False
