"""A part of a film as a file of its own: copied where that is exact, else encoded.

The clip's frames are those that begin in [from, to) ms of the film, to the frame: the same first,
the same last, none missing. Its own time begins with its first frame. It is an MP4 file; pictures
and sound tracks go in, captions and data tracks do not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import av
from av.container import OutputContainer

from rushes.errors import AnalysisError, InvalidRequestError, StorageError
from rushes.media.clip_copy import copy, why_not_copied
from rushes.media.clip_encode import Cut, Encoded, FirstFrameLostError, encode
from rushes.media.clip_plan import Check, ClipPlan, past_the_end, plan_clip
from rushes.media.clip_source import FilmClock, open_film, read_clock
from rushes.media.disk_errors import DISK_FULL_ERRORS, disk_full
from rushes.media.source import unreadable

_MP4_OPTIONS = {"movflags": "+faststart"}


class ClipMode(StrEnum):
    """`auto` copies where that is exact, `copy` refuses where it is not, `encode` never copies."""

    AUTO = "auto"
    COPY = "copy"
    ENCODE = "encode"


@dataclass(frozen=True, slots=True)
class Clip:
    """What was written: `how` is `copied` or `encoded`; its exact span of the film in ms."""

    how: str
    from_ms: int
    to_ms: int
    frames: int
    size_bytes: int


def export_clip(
    source: Path,
    destination: Path,
    from_ms: int,
    to_ms: int,
    mode: ClipMode = ClipMode.AUTO,
    *,
    is_cancelled: Callable[[], bool] = lambda: False,
    threads: int = 0,
) -> Clip:
    """Writes [from_ms, to_ms) of `source` to the file `destination`, which is gone after an error.

    Raises InvalidRequestError (`invalid_request`, `past_the_end`, `not_exact`), `MediaError`,
    `StorageError` (`disk_full`, `storage`), and `AnalysisError` `interrupted` when `is_cancelled`.
    """
    if not 0 <= from_ms < to_ms:
        raise InvalidRequestError("a clip must end after it begins, and begin at 0 or later")
    _make_place(destination)
    try:
        return _Export(source, destination, is_cancelled, threads).run(from_ms, to_ms, mode)
    except BaseException as error:
        destination.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in DISK_FULL_ERRORS:
            raise disk_full(destination.parent) from error
        if isinstance(error, av.error.FFmpegError):
            raise unreadable(source, error) from error
        raise


def _make_place(destination: Path) -> None:
    """An empty file: what refuses to be written is said before a film is read."""
    try:
        destination.touch()
    except OSError as error:
        raise StorageError(
            f"'{destination.parent}' cannot be written to: {error.strerror}",
            remedy="check the folder and its permissions",
        ) from error


@dataclass(frozen=True, slots=True)
class _Export:
    source: Path
    destination: Path
    is_cancelled: Callable[[], bool]
    threads: int

    def run(self, from_ms: int, to_ms: int, mode: ClipMode) -> Clip:
        clock = read_clock(self.source)
        plan = plan_clip(self.source, clock, from_ms, to_ms, self._check)
        obstacle = self._obstacle(plan) if mode is not ClipMode.ENCODE else "encoding is asked for"
        if obstacle is None and plan is not None:
            return self._copied(plan)
        if mode is ClipMode.COPY:
            raise _not_exact(plan, str(obstacle), from_ms, to_ms)
        return self._encoded(clock, plan, from_ms, to_ms)

    def _check(self) -> None:
        if self.is_cancelled():
            raise AnalysisError("the export was stopped", code="interrupted", retryable=True)

    def _obstacle(self, plan: ClipPlan | None) -> str | None:
        """Why the clip cannot be copied; None: it can."""
        with open_film(self.source) as film:
            if foreign := why_not_copied(film):
                return f"an MP4 file cannot hold its {foreign}"
        if plan is None:
            return "the film does not say when its frames are shown"
        return None if plan.run else "frames in it rest on frames outside"

    def _copied(self, plan: ClipPlan) -> Clip:
        with open_film(self.source) as film, self._output() as output:
            frames = copy(film, output, plan, self._check)
        return self._report("copied", plan.clock, Encoded(plan.first, plan.end, frames))

    def _encoded(self, clock: FilmClock, plan: ClipPlan | None, from_ms: int, to_ms: int) -> Clip:
        begin, end = clock.ticks(from_ms), clock.ticks(to_ms)
        cuts = [Cut(clock, begin, end, None)]
        if plan is not None:
            key = plan.coded[0].pts
            cuts = [Cut(clock, plan.first, plan.end, start) for start in (key, None)]
        for cut in cuts:
            try:
                with open_film(self.source) as film, self._output() as output:
                    written = encode(film, output, cut, self._check, self.threads)
            except FirstFrameLostError:
                continue  # a key frame that needs what was before it: from the film's start, then
            if written is not None:
                return self._report("encoded", clock, written)
        raise past_the_end(self.source, from_ms)

    def _output(self) -> OutputContainer:
        return av.open(str(self.destination), "w", format="mp4", options=_MP4_OPTIONS)

    def _report(self, how: str, clock: FilmClock, written: Encoded) -> Clip:
        size = self.destination.stat().st_size
        first, end = clock.ms(written.first), clock.ms(written.end)
        return Clip(how, first, end, written.frames, size)


def _not_exact(
    plan: ClipPlan | None, obstacle: str, from_ms: int, to_ms: int
) -> InvalidRequestError:
    """`not_exact`, with the nearest places that a copy can begin and end at."""
    remedy = "leave the mode to be encoded"
    if plan is not None and not obstacle.startswith("an MP4"):
        starts, ends = plan.exact_points_ms()
        told = (f"begin at {_nearest(starts, from_ms)}", f"end at {_nearest(ends, to_ms)}")
        remedy = f"{' and '.join(told)} ms, or {remedy}"
    return InvalidRequestError(
        f"this clip cannot be copied exactly: {obstacle}", code="not_exact", remedy=remedy
    )


def _nearest(points: list[int], ms: int) -> str:
    """The nearest place before and the nearest behind."""
    before = max((each for each in points if each <= ms), default=None)
    behind = min((each for each in points if each >= ms), default=None)
    near = sorted({each for each in (before, behind) if each is not None})
    return " or ".join(map(str, near)) or "none"


__all__ = ["Check", "Clip", "ClipMode", "export_clip"]
