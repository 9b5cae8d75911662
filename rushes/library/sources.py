"""The file of a film, found again before it is read."""

from __future__ import annotations

from pathlib import Path

from rushes.errors import MediaError
from rushes.library.records import Video


def source_path(video: Video) -> Path:
    """Where the film's file lies, sure that it is the one that was taken.

    Raises MediaError: `source_offline` (the root is not there; names the volume),
    `source_missing`, `unreadable`, or `still_copying` (size or mtime differ: scan again).
    """
    path = video.source_path
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _absent(video) from error
    except OSError as error:
        raise MediaError(f"{video.path!r} cannot be read: {error.strerror}") from error
    if (found.st_size, found.st_mtime_ns) != (video.size_bytes, video.mtime_ns):
        raise MediaError(
            f"{video.path!r} has changed since it was taken",
            code="still_copying",
            retryable=True,
            remedy="scan the library again",
        )
    return path


def _absent(video: Video) -> MediaError:
    offline = video.library_status == "offline" or not Path(video.library_root).is_dir()
    if not offline:
        return MediaError(
            f"{video.path!r} is not in library {video.library_slug!r}", code="source_missing"
        )
    volume = f"volume {video.volume_label!r}" if video.volume_label else video.library_root
    return MediaError(
        f"library {video.library_slug!r} is offline",
        code="source_offline",
        retryable=True,
        remedy=f"connect {volume}",
    )
