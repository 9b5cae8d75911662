"""The films that lie under a root now. Reads names and stats only, never contents."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rushes.errors import MediaError
from rushes.library.globs import Matcher, film_matcher, glob_matcher
from rushes.library.paths import MAX_PATH_BYTES, displayed, is_under_any, is_utf8

# Written by systems, file servers and archivers; never by a person.
SYSTEM_FOLDERS = frozenset(
    {
        "$recycle.bin",
        "system volume information",
        "recycler",
        "lost+found",
        "@eadir",
        "#recycle",
        "#snapshot",
        "__macosx",
    }
)


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A film: its path relative to the root, size in bytes and mtime in nanoseconds."""

    path: str
    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class RejectedFile:
    """A film that cannot be taken. `path` is fit for display; sizes are None where unknown."""

    path: str
    code: str
    message: str
    size_bytes: int | None = None
    mtime_ns: int | None = None


@dataclass(slots=True)
class Listing:
    """What was found; beneath an `unlisted` path (folder or file) nothing is known."""

    films: list[ListedFile] = field(default_factory=list)
    rejected: list[RejectedFile] = field(default_factory=list)
    unlisted: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.films or self.rejected or self.unlisted)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)


@dataclass(frozen=True, slots=True)
class Disk:
    """The system calls of a listing, so that a failing drive can be played."""

    entries: Callable[[str], list[os.DirEntry[str]]] = _entries
    stat: Callable[[str], os.stat_result] = os.stat
    access: Callable[[str, int], bool] = os.access


def list_films(
    root: Path,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    *,
    only: Sequence[str] = ("",),
    skip: Sequence[str] = (),
    disk: Disk | None = None,
) -> Listing:
    """The films under `root`, ordered by path, limited to the prefixes `only`, less `skip`.

    Symbolic links to files are followed, to folders not; hidden names and those of systems are
    passed over. Raises MediaError `source_offline` when the root itself cannot be listed: a failed
    listing is never an empty one.
    """
    disk = disk or Disk()
    try:
        disk.entries(str(root))
    except OSError as error:
        raise MediaError(
            f"{displayed(str(root))!r} cannot be listed: {error.strerror}",
            code="source_offline",
            retryable=True,
            remedy="connect the drive, or relocate the library",
        ) from error
    walk = _Walk(str(root), film_matcher(include), glob_matcher(exclude), tuple(skip), disk)
    for prefix in only:
        walk.enter(prefix)
    listing = walk.listing
    listing.films.sort(key=lambda film: film.path)
    listing.rejected.sort(key=lambda file: file.path)
    return listing


def is_passed_over(path: str) -> bool:
    """Whether a name in `path` is hidden (AppleDouble too) or a system's own folder."""
    return any(
        part.startswith(".") or part.lower() in SYSTEM_FOLDERS for part in path.split("/") if part
    )


class _Walk:
    """One pass over a tree, with a stack in place of recursion."""

    def __init__(
        self, root: str, is_film: Matcher, is_excluded: Matcher, skip: tuple[str, ...], disk: Disk
    ) -> None:
        self._root = root
        self._is_film = is_film
        self._is_excluded = is_excluded
        self._skip = skip
        self._disk = disk
        self._folders: list[str] = []
        self.listing = Listing()

    def enter(self, prefix: str) -> None:
        """Walk `prefix`: a folder, one file, or nothing when there is none by that name."""
        try:
            found = os.lstat(self._absolute(prefix))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            self.listing.unlisted[prefix] = error.strerror or str(error)
            return
        if not prefix or stat.S_ISDIR(found.st_mode):
            self._folders.append(prefix)
        elif self._wanted(prefix):
            self._take_file(prefix)
        while self._folders:
            self._list_folder(self._folders.pop())

    def _absolute(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root

    def _wanted(self, path: str) -> bool:
        return not (
            is_passed_over(path) or self._is_excluded(path) or is_under_any(path, self._skip)
        )

    def _list_folder(self, folder: str) -> None:
        try:
            for entry in self._disk.entries(self._absolute(folder)):
                self._look_at(f"{folder}/{entry.name}" if folder else entry.name, entry)
        except FileNotFoundError:
            return  # removed since its parent was listed
        except OSError as error:
            if not folder:
                raise _lost_root(error) from error
            self.listing.unlisted[displayed(folder)] = error.strerror or str(error)

    def _look_at(self, path: str, entry: os.DirEntry[str]) -> None:
        # Only the own name is new: the folder above was looked at before.
        if is_passed_over(entry.name) or self._is_excluded(path) or path in self._skip:
            return
        if entry.is_dir(follow_symlinks=False):
            self._folders.append(path)
        else:
            self._take_file(path)

    def _take_file(self, path: str) -> None:
        if not self._is_film(path):
            return
        try:
            found = self._disk.stat(self._absolute(path))
        except OSError as error:
            self._take_unknown(path, error)
            return
        if stat.S_ISDIR(found.st_mode):
            return  # a link to a folder
        problem = self._problem(path, found)
        if problem is None:
            self.listing.films.append(ListedFile(path, found.st_size, found.st_mtime_ns))
        else:
            self._reject(path, *problem, found)

    def _take_unknown(self, path: str, error: OSError) -> None:
        """Tell a dangling link from a file that just went and from a failing drive."""
        absolute = self._absolute(path)
        if Path(absolute).is_symlink():
            self._reject(path, "broken_link", "links to a file that is not there")
        elif not isinstance(error, FileNotFoundError):
            self._reject(path, "unreadable", error.strerror or str(error))

    def _problem(self, path: str, found: os.stat_result) -> tuple[str, str] | None:
        if not is_utf8(path):
            return "name_not_utf8", "the name is not UTF-8: rename it"
        if len(path.encode()) > MAX_PATH_BYTES:
            return "path_too_long", f"the path is longer than {MAX_PATH_BYTES} bytes"
        if not stat.S_ISREG(found.st_mode):
            return "unsupported", "not a regular file"
        if not found.st_size:
            return "empty_file", "the file is empty"
        if not self._disk.access(self._absolute(path), os.R_OK):
            return "unreadable", "no permission to read it"
        return None

    def _reject(
        self, path: str, code: str, message: str, found: os.stat_result | None = None
    ) -> None:
        size, mtime = (found.st_size, found.st_mtime_ns) if found else (None, None)
        self.listing.rejected.append(RejectedFile(displayed(path), code, message, size, mtime))


def _lost_root(error: OSError) -> MediaError:
    return MediaError(
        f"the root was lost while it was listed: {error.strerror}",
        code="source_offline",
        retryable=True,
        remedy="connect the drive again",
    )
