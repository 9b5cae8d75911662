"""Opens a film for reading and turns what libav says into the error tree."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from rushes.errors import MediaError

OPEN_TIMEOUT_SECONDS = 60.0
"""A hanging network drive must not hold a worker for ever."""

BOX_HEADER_BYTES = 8
MP4_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid"})
NOT_FILMS = frozenset(
    {
        "tty", "image2", "srt", "ass", "webvtt", "microdvd", "mpl2", "lrc", "ffmetadata",
        "concat", "hls", "hls,applehttp", "dash", "imf", "sdp", "rtp", "rtsp", "webm_dash_manifest",
    }
)  # fmt: skip
LIST_SIGNS = (b"ffconcat", b"#EXTM3U", b"v=0\n", b"v=0\r\n")
"""How text begins that names other files; libav would open those while it opens the text."""
HEAD_BYTES = 1024


@contextmanager
def open_source(path: Path) -> Iterator[InputContainer]:
    """The opened container of `path`.

    Raises `MediaError` (`source_missing`, `empty_file`, `unreadable`, `unsupported`, `truncated`).
    """
    check_file(path)
    if _names_other_files(path):
        raise _unsupported(path)
    try:
        container = av.open(
            str(path),
            "r",
            options={"protocol_whitelist": "file"},
            metadata_errors="replace",
            timeout=(OPEN_TIMEOUT_SECONDS,) * 2,
        )
    except av.error.FFmpegError as error:
        raise _refusal(path, error) from error
    with container:
        if container.format.name in NOT_FILMS or container.format.name.endswith("_pipe"):
            raise _unsupported(path)
        yield container


def check_file(path: Path) -> None:
    """Raises `MediaError` unless `path` is a readable file with something in it."""
    try:
        if not path.is_file():
            raise MediaError(
                f"There is no file '{path.name}'.",
                code="source_missing",
                remedy="scan the library again",
            )
        if path.stat().st_size == 0:
            raise MediaError(
                f"'{path.name}' is empty.", code="empty_file", remedy="copy the film again"
            )
        with path.open("rb"):
            pass
    except OSError as error:
        raise unreadable(path, error) from error


def first_video_stream(container: InputContainer, path: Path) -> VideoStream:
    """The film's first video stream; cover art does not count.

    Raises `MediaError` with `no_video_stream`, or `unsupported` when no stream is sound either.
    """
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic and stream.codec_context is not None:
            return stream
    if not container.streams.audio:
        raise _unsupported(path)
    raise MediaError(
        f"'{path.name}' has sound but no video stream.",
        code="no_video_stream",
        remedy="exclude sound files from the library with a glob",
    )


def unreadable(path: Path, error: Exception) -> MediaError:
    """The error for a file that the system or libav cannot read: code `unreadable`."""
    reason = getattr(error, "strerror", None) or str(error)
    return MediaError(
        f"'{path.name}' cannot be read: {reason}.",
        code="unreadable",
        remedy="check its permissions and play it in a player; copy it again if it does not play",
    )


def truncated(path: Path, detail: str) -> MediaError:
    """The error for a film that ends before its time: code `truncated`."""
    return MediaError(
        f"'{path.name}' is cut short: {detail}.",
        code="truncated",
        retryable=False,
        remedy="copy the film again from its source",
    )


def damaged(path: Path, detail: str) -> MediaError:
    """The error for a film of which too much cannot be decoded: code `damaged`."""
    return MediaError(
        f"'{path.name}' is damaged: {detail}.",
        code="damaged",
        retryable=False,
        remedy="copy the film again from its source",
    )


def _refusal(path: Path, error: Exception) -> MediaError:
    """Why libav would not open `path`."""
    if not isinstance(error, av.error.InvalidDataError):
        return unreadable(path, error)
    boxes = _top_level_boxes(path)
    if boxes and b"moov" not in boxes:
        return truncated(path, "its index (the moov box) is missing")
    return _unsupported(path)


def _unsupported(path: Path) -> MediaError:
    return MediaError(
        f"'{path.name}' is not a film that libav can read.",
        code="unsupported",
        remedy="convert it, or exclude it from the library with a glob",
    )


def _names_other_files(path: Path) -> bool:
    """Whether `path` is a playlist or a session description rather than a film."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError as error:
        raise unreadable(path, error) from error
    return head.startswith(LIST_SIGNS) or (head.startswith(b"<") and b"<MPD" in head)


def _top_level_boxes(path: Path) -> list[bytes]:
    """The names of an MP4 or QuickTime file's top-level boxes; empty for any other file."""
    names: list[bytes] = []
    size = path.stat().st_size
    with path.open("rb") as file:
        position = 0
        while position + BOX_HEADER_BYTES <= size:
            file.seek(position)
            length, name = struct.unpack(">I4s", file.read(BOX_HEADER_BYTES))
            if name not in MP4_BOXES:
                break
            names.append(name)
            if length == 1:
                (length,) = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))
            if length < BOX_HEADER_BYTES:
                break
            position += length
    return names
