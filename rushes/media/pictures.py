"""Sampled frames as pixels, read ahead of the model that looks at them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.errors import MediaError
from rushes.media.cache_entry import SampledFrame

_AHEAD = 8
"""As many as the models that look at several pictures take at once."""

Pixels = NDArray[np.uint8]
"""(height, width, 3), blue green red."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A sampled frame and its pixels, or what was prepared of them."""

    frame: SampledFrame
    pixels: Pixels


def read_picture(frame: SampledFrame) -> Pixels:
    """The pixels of a sampled frame; grey becomes colour, transparency is dropped.

    MediaError `damaged_picture` where the file is no whole picture of the size that was written.
    """
    try:
        data = np.fromfile(frame.path, np.uint8)
    except OSError as error:
        raise _damaged(frame, str(error.strerror or error)) from error
    pixels = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    if pixels is None:
        raise _damaged(frame, "it is no picture")
    if pixels.shape[:2] != (frame.height, frame.width):
        raise _damaged(frame, f"it is {pixels.shape[1]}x{pixels.shape[0]} pixels")
    return np.asarray(pixels, np.uint8)


def pictures(
    frames: Iterable[SampledFrame], prepare: Callable[[Pixels], Pixels] | None = None
) -> Iterator[Picture]:
    """The frames with their pixels, in order, the next few being read while one is looked at.

    `prepare` makes of the pixels what is kept of them, in the thread that reads ahead.
    """

    def read(frame: SampledFrame) -> Pixels:
        pixels = read_picture(frame)
        return prepare(pixels) if prepare is not None else pixels

    rest = iter(frames)
    with ThreadPoolExecutor(1, thread_name_prefix="pictures") as reader:
        waiting: deque[tuple[SampledFrame, Future[Pixels]]] = deque(
            (frame, reader.submit(read, frame)) for frame in islice(rest, _AHEAD)
        )
        try:
            while waiting:
                frame, pixels = waiting.popleft()
                yield Picture(frame, pixels.result())
                waiting.extend((each, reader.submit(read, each)) for each in islice(rest, 1))
        finally:
            for _, unread in waiting:
                unread.cancel()


def _damaged(frame: SampledFrame, reason: str) -> MediaError:
    return MediaError(
        f"the kept picture of frame {frame.frame_number} is damaged: {reason} ({frame.path})",
        code="damaged_picture",
        retryable=True,
        remedy="index the film again: its pictures are made anew from the source",
    )
