"""The answer with a part of a film, made while the client waits and dropped when it leaves."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from io import FileIO
from pathlib import PurePosixPath
from urllib.parse import quote

from anyio import create_task_group, to_thread
from fastapi import Request, Response

import rushes
from rushes.api.conditions import names_tag
from rushes.api.open_file import OpenFileResponse
from rushes.errors import InvalidRequestError, RushesError
from rushes.library.records import Video
from rushes.media.clip import Clip, ClipMode, export_clip
from rushes.media.clip_file import scratch_clip
from rushes.media.streaming import SourceChangedError, open_film_file
from rushes.pipeline.faults import require_free_space
from rushes.settings import Settings

CLIP_HEADER = "X-Rushes-Clip"
CLIENT_LEFT = 499
"""What other servers log for a request whose client did not wait."""


class ClipsBusyError(RushesError):
    """As many clips as the server makes at a time are being made."""

    code = "clips_busy"
    retryable = True
    http_status = 503


@dataclass(frozen=True, slots=True)
class ClipRequest:
    """Which part of which film, and how."""

    video_id: str
    from_ms: int
    to_ms: int
    mode: ClipMode

    def tag(self, film: Video) -> str:
        """The same film, part, mode and program make the same clip."""
        key = (film.content_hash, self.from_ms, self.to_ms, self.mode.value, rushes.__version__)
        return f'"{hashlib.sha256(repr(key).encode()).hexdigest()[:32]}"'

    def file_name(self, film: Video) -> str:
        """What the clip is called when it is saved."""
        return f"{PurePosixPath(film.path).stem}_{self.from_ms}-{self.to_ms}.mp4"


class Clips:
    """Makes clips, no more at a time than `places` has, each in a thread of its own."""

    def __init__(self, settings: Settings, places: threading.BoundedSemaphore) -> None:
        self._settings = settings
        self._places = places

    async def answer(
        self, request: Request, wanted: ClipRequest, find: Callable[[], Video]
    ) -> Response:
        """The clip, 304, or what is raised; an empty answer to a client that has left."""
        self._check_length(wanted)
        has_left = threading.Event()
        known = request.headers.get("If-None-Match")
        outcome = _Outcome(lambda: self._make(wanted, find(), known, has_left))
        async with create_task_group() as group:
            group.start_soon(_wait_until_left, request, has_left)
            await to_thread.run_sync(outcome.reach)
            group.cancel_scope.cancel()
        if outcome.error is None and outcome.response is not None:
            return outcome.response
        if has_left.is_set():
            return Response(status_code=CLIENT_LEFT)
        raise outcome.error or RuntimeError("no outcome")

    def _check_length(self, wanted: ClipRequest) -> None:
        most = self._settings.clip_max_seconds
        if wanted.to_ms <= wanted.from_ms:
            raise InvalidRequestError("to_ms: a clip must end after it begins")
        if wanted.to_ms - wanted.from_ms > most * 1000:
            raise InvalidRequestError(
                f"a clip over HTTP has at most {most:g} s",
                code="clip_too_long",
                remedy="use `rushes clip`, or raise RUSHES_CLIP_MAX_SECONDS",
            )

    def _make(
        self, wanted: ClipRequest, film: Video, known: str | None, has_left: threading.Event
    ) -> Response:
        tag = wanted.tag(film)
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Accept-Ranges": "none"}
        if names_tag(known, tag):
            return Response(status_code=304, headers=headers)
        if not self._places.acquire(blocking=False):
            raise ClipsBusyError(remedy="try again in a moment")
        try:
            file, clip = self._export(wanted, film, has_left)
        finally:
            self._places.release()
        headers[CLIP_HEADER] = _told(clip)
        name = quote(wanted.file_name(film), safe="")
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
        return OpenFileResponse(file, 0, clip.size_bytes, headers, media_type="video/mp4")

    def _export(
        self, wanted: ClipRequest, film: Video, has_left: threading.Event
    ) -> tuple[FileIO, Clip]:
        settings = self._settings
        require_free_space(settings.data_dir, settings.min_free_bytes)
        source = open_film_file(film)
        with source.file:
            file, clip = scratch_clip(
                settings.data_dir / "scratch" / "clips",
                lambda path: export_clip(
                    source.path, path, wanted.from_ms, wanted.to_ms, wanted.mode,
                    is_cancelled=has_left.is_set, threads=settings.cpu_threads,
                ),
            )  # fmt: skip
            if not source.is_still_there():
                file.close()
                raise SourceChangedError("the film was changed while its clip was made")
        return file, clip


class _Outcome:
    """What came of work in a thread: a task group would wrap its error."""

    def __init__(self, work: Callable[[], Response]) -> None:
        self._work = work
        self.response: Response | None = None
        self.error: Exception | None = None

    def reach(self) -> None:
        try:
            self.response = self._work()
        except Exception as error:
            self.error = error


async def _wait_until_left(request: Request, has_left: threading.Event) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass  # the rest of a body that nobody reads
    has_left.set()


def _told(clip: Clip) -> str:
    return f"{clip.how}; from_ms={clip.from_ms}; to_ms={clip.to_ms}; frames={clip.frames}"
