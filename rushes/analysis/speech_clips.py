"""Stretches of speech joined into the clips that the model hears at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clip:
    """What the model hears at once, in samples of its window.

    `start` to `end` is what it is given; speech was heard from `speech_start` to `speech_end`.
    """

    start: int
    end: int
    speech_start: int
    speech_end: int


def join_speech(
    speech: Sequence[tuple[int, int]], *, total: int, longest: int, gap: int, pad: int
) -> list[Clip]:
    """Clips of at most `longest` samples with up to `pad` of what is before and behind.

    `speech` holds (start, end) in order. Stretches less than `gap` apart share a clip while
    there is room: one long clip costs no more than one short. No sample is in two clips.
    """
    joined: list[tuple[int, int]] = []
    for start, end in speech:
        if joined and start - joined[-1][1] < gap and end - joined[-1][0] + 2 * pad <= longest:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return [_padded(joined, place, total, pad) for place in range(len(joined))]


def _padded(joined: Sequence[tuple[int, int]], place: int, total: int, pad: int) -> Clip:
    start, end = joined[place]
    before = joined[place - 1][1] if place else 0
    behind = joined[place + 1][0] if place + 1 < len(joined) else total
    room_before = start - before if place == 0 else (start - before) // 2
    room_behind = behind - end if place + 1 == len(joined) else (behind - end) // 2
    return Clip(start - min(pad, room_before), end + min(pad, room_behind), start, end)
