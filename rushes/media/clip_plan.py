"""Which packets of a film make a clip, and whether they can be copied as they are.

A clip is the frames that begin in [from, to). Packets are stored in the order in which they are
decoded. A place between two packets is an exact cut when every frame before it is shown before
every frame behind it; a clip may begin there if a key frame follows that stands for itself.
Between two such places packets can be copied: no frame is missing, none is too much.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import av

from rushes.errors import InvalidRequestError
from rushes.media.clip_source import AnyPacket, FilmClock, OpenFilm, open_film
from rushes.media.key_frames import KeyFrameReader

LOOK_AHEAD_SECONDS = 20.0
"""How far behind the out-point the next exact one is looked for, to name it."""

STEPS_BACK_SECONDS = (0.0, 2.0, 10.0, 60.0)
"""A seek goes by decode times and may land behind the picture that is wanted."""

MAX_REORDERED = 64
"""The frame that is shown first after a cut is stored within so many packets behind it."""

Check = Callable[[], None]
"""Called for every packet; raises where the work is to end."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A video packet, times in ticks. `starts_afresh`: frames shown later need nothing before."""

    pts: int
    dts: int | None
    """Matroska does not store it, and libav cannot tell it of the first packets after a seek."""
    duration: int
    is_key: bool
    starts_afresh: bool
    is_shown: bool


@dataclass(frozen=True)
class ClipPlan:
    """The packets around a clip in decode order, from a key frame at or before its start on."""

    clock: FilmClock
    coded: Sequence[Coded]
    first: int
    """When the clip's first frame is shown, in ticks."""
    end: int
    """When the last one's time is over: the next frame's time, or the film's end."""
    frames: int
    run: tuple[int, int] | None
    """The part of `coded` that is exactly the clip; None: it cannot be copied."""

    def decode_times(self) -> dict[int, int]:
        """When each frame of `run` is decoded, by when it is shown: as stored, else made up."""
        coded = self.coded[slice(*self.run)] if self.run else ()
        stored = {each.pts: each.dts for each in coded if each.dts is not None}
        if len(stored) == len(coded):
            return stored
        ordered = sorted(each.pts for each in coded)
        delay = max(turn - each.pts for turn, each in zip(ordered, coded, strict=True))
        return {each.pts: turn - delay for turn, each in zip(ordered, coded, strict=True)}

    def exact_points_ms(self) -> tuple[list[int], list[int]]:
        """Where a copy may begin and where it may end, of what was looked at."""
        found, cuts = self.coded, _exact_cuts(self.coded)
        ends = [
            min(each.pts for each in found[index : index + MAX_REORDERED])
            for index in cuts
            if 0 < index < len(found)
        ]
        starts = [found[i].pts for i in cuts if i < len(found) and found[i].starts_afresh]
        if self.end > max(each.pts for each in found):
            ends.append(self.end)
        return [self.clock.ms(pts) for pts in starts], [self.clock.ms(pts) for pts in ends]


def plan_clip(
    path: Path, clock: FilmClock, from_ms: int, to_ms: int, check: Check
) -> ClipPlan | None:
    """The plan; None when the film's packets do not say when their frames are shown.

    Where no frame begins in [from, to), the one that is shown then is the clip.
    InvalidRequestError when the film is over before `from_ms`.
    """
    found = _read_window(path, clock, from_ms, to_ms, check)
    if not found:
        return None
    shown = sorted(
        (each for each in found if each.is_shown and each.pts >= clock.first),
        key=lambda each: each.pts,
    )
    inside = [each for each in shown if from_ms <= clock.ms(each.pts) < to_ms]
    inside = inside or [each for each in shown if clock.ms(each.pts) < from_ms][-1:]
    if not inside or len({each.pts for each in inside}) < len(inside):
        return None
    last = inside[-1]
    following = [each.pts for each in shown if each.pts > last.pts]
    end = following[0] if following else last.pts + (last.duration or clock.frame_ticks)
    if clock.ms(end) <= from_ms:
        raise past_the_end(path, clock.ms(end))
    return ClipPlan(clock, found, inside[0].pts, end, len(inside), _run(found, inside))


def past_the_end(path: Path, film_ms: int) -> InvalidRequestError:
    """The clip would begin after the film's end at `film_ms`."""
    return InvalidRequestError(
        f"the clip begins after the end of '{path.name}'",
        code="past_the_end",
        remedy=f"the film ends at {film_ms} ms",
    )


def _run(found: Sequence[Coded], inside: Sequence[Coded]) -> tuple[int, int] | None:
    chosen = {each.pts for each in inside}
    places = [index for index, each in enumerate(found) if each.pts in chosen]
    begin, end = places[0], places[-1] + 1
    whole = len(places) == end - begin and all(each.is_shown for each in found[begin:end])
    cuts = set(_exact_cuts(found))
    exact = whole and found[begin].starts_afresh and {begin, end} <= cuts
    return (begin, end) if exact else None


def _exact_cuts(found: Sequence[Coded]) -> list[int]:
    """Indexes before which everything is shown before anything behind; 0 and the end included."""
    shown = [each.pts for each in found]
    before = [-math.inf, *accumulate(shown, max)]
    behind = [*reversed([*accumulate(reversed(shown), min)]), math.inf]
    return [index for index in range(len(found) + 1) if before[index] < behind[index]]


def _read_window(
    path: Path, clock: FilmClock, from_ms: int, to_ms: int, check: Check
) -> list[Coded]:
    """Empty when packets lack their times."""
    start = max(clock.first, clock.ticks(from_ms))
    if clock.seekable:
        for back in STEPS_BACK_SECONDS:
            target = max(clock.first, start - round(back / clock.base))
            with open_film(path) as film:
                window = _window(film, clock, start, to_ms, target, check)
            if window and window[0].is_key and window[0].pts <= start:
                return window
    with open_film(path) as film:
        return _window(film, clock, start, to_ms, None, check)


def _window(
    film: OpenFilm, clock: FilmClock, start: int, to_ms: int, seek_to: int | None, check: Check
) -> list[Coded]:
    """The packets from the last key frame at or before `start` up to where no more can follow."""
    found: list[Coded] = []
    stop = clock.ticks(to_ms)
    far = stop + round(LOOK_AHEAD_SECONDS / clock.base)
    for each in _coded(film, seek_to):
        check()
        if each is None:
            return []
        if each.is_key and each.pts <= start:
            found.clear()
        found.append(each)
        if each.dts is None:
            continue
        if each.dts > far or (each.starts_afresh and min(each.dts, each.pts) > stop):
            break
    return found


def _coded(film: OpenFilm, seek_to: int | None) -> Iterator[Coded | None]:
    """The film's video packets; None for one without its times."""
    reader = KeyFrameReader(film.video.codec_context)
    try:
        for packet in film.packets(seek_to):
            if packet.stream is film.video:
                yield _as_coded(packet, reader)
    except av.error.PermissionError:  # libav's word for a place that cannot be sought
        if seek_to is None:
            raise


def _as_coded(packet: AnyPacket, reader: KeyFrameReader) -> Coded | None:
    if packet.pts is None:
        return None
    key = packet.is_keyframe
    return Coded(
        pts=packet.pts,
        dts=packet.dts,
        duration=packet.duration or 0,
        is_key=key,
        starts_afresh=key and reader.starts_afresh(packet),
        is_shown=not packet.is_discard,
    )
