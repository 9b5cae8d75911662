"""A film's file opened for reading, sure that it lies in its library and is the one that was taken.

A library's path may hold links, and may be changed by others while it is looked at. So what counts
is the file that was opened: it must be a plain file, and its real place must be below the root.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from rushes.errors import MediaError
from rushes.library.records import Video

_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
"""Without O_NONBLOCK the opening of a named pipe would wait for its writer."""

_LEADS_NOWHERE = frozenset({errno.ELOOP, errno.ENAMETOOLONG})

_CONTENT_TYPES = {
    ".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime", ".qt": "video/quicktime",
    ".webm": "video/webm", ".mkv": "video/x-matroska", ".avi": "video/x-msvideo",
    ".mxf": "application/mxf", ".ts": "video/mp2t", ".mts": "video/mp2t", ".m2ts": "video/mp2t",
    ".mpg": "video/mpeg", ".mpeg": "video/mpeg", ".vob": "video/mpeg", ".m2v": "video/mpeg",
    ".wmv": "video/x-ms-wmv", ".asf": "video/x-ms-asf", ".flv": "video/x-flv",
    ".3gp": "video/3gpp", ".3g2": "video/3gpp2", ".ogv": "video/ogg", ".ogg": "video/ogg",
}  # fmt: skip
OTHER_CONTENT_TYPE = "application/octet-stream"


class SourceMissingError(MediaError):
    """The film's file is not in its library."""

    code = "source_missing"
    http_status = 404


class SourceOfflineError(MediaError):
    """The film's library is not there."""

    code = "source_offline"
    retryable = True
    http_status = 503


class SourceChangedError(MediaError):
    """The film's file is not the one that was taken."""

    code = "still_copying"
    retryable = True
    http_status = 409


@dataclass(frozen=True, slots=True)
class OpenSource:
    """An open file of a library: close `file` after use. `path` holds no links."""

    file: FileIO
    path: Path
    size_bytes: int
    mtime_ns: int

    def is_still_there(self) -> bool:
        """Whether `path` still names the very file, with the same bytes as far as one can tell."""
        try:
            now = self.path.stat()
        except OSError:
            return False
        same = os.path.samestat(now, os.fstat(self.file.fileno()))
        return same and (now.st_size, now.st_mtime_ns) == (self.size_bytes, self.mtime_ns)


def content_type(path: str) -> str:
    """The media type by the file's extension; one that no browser runs where it is unknown."""
    return _CONTENT_TYPES.get(Path(path).suffix.lower(), OTHER_CONTENT_TYPE)


def open_film_file(video: Video) -> OpenSource:
    """The film's file, open. Raises `source_offline` (503, naming the volume), `source_missing`
    (404, also for what lies outside the root or is no plain file), `still_copying` (409, changed
    since it was taken), and `unreadable`."""
    path = _inside(video)
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a device may already do something
            raise _missing(video)
        handle = os.open(path, _FLAGS)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise _absent(video) from error
    except OSError as error:
        if error.errno in _LEADS_NOWHERE:
            raise _missing(video) from error
        raise MediaError(f"{video.path!r} cannot be read: {error.strerror}") from error
    file = FileIO(handle, "r")
    try:
        return _checked(video, path, file)
    except BaseException:
        file.close()
        raise


def _inside(video: Video) -> Path:
    """Where the file should be; nothing is asked of the disk for a path that climbs out."""
    parts = video.path.split("/")
    if video.path.startswith("/") or ".." in parts or "\0" in video.path:
        raise _missing(video)
    return Path(video.library_root, *parts)


def _checked(video: Video, path: Path, file: FileIO) -> OpenSource:
    opened = os.fstat(file.fileno())
    real, root = Path(os.path.realpath(path)), Path(os.path.realpath(video.library_root))
    try:
        # The real place is looked up after the opening, and must be that of the open file.
        same = os.path.samestat(real.lstat(), opened)
    except OSError as error:
        raise _missing(video) from error
    if not (same and stat.S_ISREG(opened.st_mode) and real.is_relative_to(root)):
        raise _missing(video)
    if (opened.st_size, opened.st_mtime_ns) != (video.size_bytes, video.mtime_ns):
        raise SourceChangedError(
            f"{video.path!r} has changed since it was taken", remedy="scan the library again"
        )
    return OpenSource(file, real, opened.st_size, opened.st_mtime_ns)


def _absent(video: Video) -> MediaError:
    if video.library_status != "offline" and Path(video.library_root).is_dir():
        return _missing(video)
    volume = f"volume {video.volume_label!r}" if video.volume_label else video.library_root
    return SourceOfflineError(
        f"library {video.library_slug!r} is offline: {volume} is not there",
        remedy=f"connect {volume}",
    )


def _missing(video: Video) -> MediaError:
    return SourceMissingError(
        f"{video.path!r} is not a film in library {video.library_slug!r}",
        remedy="bring it back, or scan the library again",
    )
