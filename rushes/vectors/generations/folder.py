"""The folder of one space: its generations, and the name of the one that counts."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from rushes.documents.durable import (
    CrashPoints,
    exclusive_lock,
    make_folder,
    no_crash_points,
    storage_errors,
    sync_folder,
    try_exclusive_lock,
    write_temporary,
)
from rushes.errors import NotFoundError
from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.space import EmbeddingSpace

CURRENT: Final = "CURRENT"
"""Its content is the name of the generation that counts, and a line feed."""
_NAME: Final = re.compile(r"g[0-9]{20}-[0-9a-f]{8}")
_LOCK: Final = ".lock"
_BEING_WRITTEN: Final = ".new-"
_BEING_REMOVED: Final = ".gone-"
_STAMP: Final = ".verified-"
_TEMPORARY: Final = (f".{CURRENT}.", f".{_STAMP}")
_UNIQUE_BYTES: Final = 4


class SpaceFolder:
    """The files of one space. What changes them is called by who holds the lock.

    Readers take no lock: a generation appears under its name as a whole, and goes as a whole.
    """

    def __init__(self, root: Path, space: EmbeddingSpace) -> None:
        self.space = space
        self.path = root / space.key
        self.doubted: set[str] = set()
        """Generations that this process knows to be bad, whatever their files look like."""
        self.verified: dict[str, Mapping[str, object]] = {}
        """In which state their files were when this process verified them."""

    def current(self) -> str | None:
        """The name of the generation that counts; None where there is none, or CURRENT is bad."""
        try:
            return self.read_current()
        except GenerationDamagedError:
            return None

    def read_current(self) -> str | None:
        """None where CURRENT is not there; GenerationDamagedError where it names no generation."""
        while (name := self._named()) is not None and not (self.path / name).is_dir():
            if self._named() == name:  # else a newer one was published between the two looks
                raise _damaged(f"names {name}, which is not there")
        return name

    def names(self) -> list[str]:
        """The generations that are there, the newest first, whatever their state."""
        with storage_errors(self.path):
            return sorted(filter(_NAME.fullmatch, self._entries()), reverse=True)

    def leftovers(self) -> list[str]:
        """Folders of generations that have no name yet, or none any more: of who writes now, or of
        the dead.
        """
        with storage_errors(self.path):
            found = [each for each in self._entries() if _is_nameless(each)]
        return sorted(found)

    def generation(self, name: str) -> Path:
        """Where the files of a generation lie. NotFoundError where it is no name of one."""
        if _NAME.fullmatch(name) is None:
            raise NotFoundError(f"{name!r} is no name of a generation of vectors")
        return self.path / name

    def stamp(self, name: str) -> Path:
        """Where it is remembered in which state a generation was verified."""
        return self.path / f"{_STAMP}{name}.json"

    def new_name(self, applied_seq: int) -> str:
        """A name that no generation has, behind those of a lower seq."""
        return f"g{applied_seq:020d}-{secrets.token_hex(_UNIQUE_BYTES)}"

    def being_written(self, name: str) -> Path:
        """Where a generation lies until it has all its files."""
        return self.path / f"{_BEING_WRITTEN}{name}"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Wait until no other thread or process writes here, and keep them waiting."""
        with self._prepared() as stack:
            with storage_errors(self.path):
                stack.enter_context(exclusive_lock(self.path / _LOCK))
            yield

    @contextmanager
    def try_locked(self) -> Iterator[bool]:
        """Like `locked`, but False instead of waiting."""
        with self._prepared() as stack:
            with storage_errors(self.path):
                is_ours = stack.enter_context(try_exclusive_lock(self.path / _LOCK))
            yield is_ours

    def replace_current(self, name: str, crash_points: CrashPoints = no_crash_points) -> None:
        """Publish a generation that is wholly on disk. Durable after `sync_folder`."""
        temporary = write_temporary(self.path / CURRENT, _content(name))
        crash_points("CURRENT written")
        temporary.replace(self.path / CURRENT)
        crash_points("CURRENT replaced")

    def may_be_current(self, name: str) -> bool:
        """False only where CURRENT surely does not name it."""
        try:
            return (self.path / CURRENT).read_bytes() == _content(name)
        except FileNotFoundError:
            return False
        except OSError:
            return True

    def remove(
        self, names: Collection[str], *, crash_points: CrashPoints = no_crash_points
    ) -> None:
        """Remove generations for good. Those who have one open can go on reading it.

        A name is taken away before its files are, so that no generation is ever there in part.
        """
        with storage_errors(self.path):
            for name in names:
                if not self.generation(name).exists():
                    continue
                unique = secrets.token_hex(_UNIQUE_BYTES)
                self.generation(name).rename(self.path / f"{_BEING_REMOVED}{name}-{unique}")
                crash_points("old generation without a name")
            self._sweep()

    def sweep(self, keep: Collection[str], *, crash_points: CrashPoints = no_crash_points) -> None:
        """Remove every generation but those, and what writers left behind that died."""
        surplus = [name for name in self.names() if name not in keep]
        self.remove(surplus, crash_points=crash_points)

    def remove_leftovers(self) -> None:
        """Remove what writers left behind that died."""
        with storage_errors(self.path):
            self._sweep()

    def size(self) -> int:
        """Bytes of all files, those being written and removed included."""
        return bytes_under(self.path)

    def _named(self) -> str | None:
        """What CURRENT says."""
        try:
            content = (self.path / CURRENT).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _damaged(f"cannot be read: {error.strerror or error}") from error
        if not content:
            raise _damaged("is empty")
        name = content[:-1].decode("ascii", "replace")
        if _NAME.fullmatch(name) is None or content != _content(name):
            raise _damaged("holds no name of a generation")
        return name

    def _sweep(self) -> None:
        leftovers = [each for each in self._entries() if self._is_leftover(each)]
        for each in leftovers:
            path = self.path / each
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        if leftovers:
            sync_folder(self.path)

    def _is_leftover(self, entry: str) -> bool:
        """With the lock held nobody writes: what has a name of that kind is of the dead."""
        if entry.startswith(_STAMP):
            name = entry.removeprefix(_STAMP).removesuffix(".json")
            return not (self.path / name).is_dir()
        return _is_nameless(entry) or entry.startswith(_TEMPORARY)

    def _entries(self) -> list[str]:
        try:
            return [each.name for each in self.path.iterdir()]
        except FileNotFoundError:
            return []

    @contextmanager
    def _prepared(self) -> Iterator[ExitStack]:
        with storage_errors(self.path):
            make_folder(self.path)
        with ExitStack() as stack:
            yield stack


def bytes_under(path: Path) -> int:
    """Of all files, whatever other processes remove meanwhile."""
    total = 0
    for folder, _, files in os.walk(path):  # passes by what it cannot list
        for file in files:
            with suppress(OSError):
                total += os.lstat(Path(folder, file)).st_size
    return total


def _content(name: str) -> bytes:
    return f"{name}\n".encode()


def _damaged(what: str) -> GenerationDamagedError:
    return GenerationDamagedError(f"{CURRENT} {what}")


def _is_nameless(entry: str) -> bool:
    return entry.startswith((_BEING_WRITTEN, _BEING_REMOVED))
