"""The picture of a moment of a film, out of the media cache: the source is not touched."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import cv2

from rushes.errors import MediaError, NotFoundError
from rushes.media.cache_entry import CachedMedia, SampledFrame
from rushes.media.pictures import read_picture

JPEG_QUALITY = 85
MIN_WIDTH, MAX_WIDTH = 16, 1280
"""Pixels; wider than what the cache keeps by default is never needed."""


class NoThumbnailError(NotFoundError):
    """The cache holds no picture of that moment."""

    code = "no_thumbnail"


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A sampled frame as it is to be shown, `width` pixels wide."""

    frame: SampledFrame
    width: int

    def jpeg(self) -> bytes:
        """The picture as JPEG. NoThumbnailError where the cache's file is gone or damaged."""
        try:
            pixels = read_picture(self.frame)
            if self.width == self.frame.width:
                return self.frame.path.read_bytes()
        except (MediaError, OSError) as error:
            raise no_thumbnail("the kept picture is damaged") from error
        height = max(1, round(self.frame.height * self.width / self.frame.width))
        small = cv2.resize(pixels, (self.width, height), interpolation=cv2.INTER_AREA)
        _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        return bytes(data)


def thumbnail(media: CachedMedia, ms: int, width: int | None = None) -> Thumbnail:
    """The sampled frame that stands for `ms`, else the nearest one; never larger than it is kept.

    NoThumbnailError where the film is over by then, or the entry names a file outside itself.
    """
    frames = media.frames()
    if not frames or not 0 <= ms < media.duration_ms:
        raise NoThumbnailError(
            f"the film has no picture at {ms} ms", remedy=f"it ends at {media.duration_ms} ms"
        )
    frame = _at(frames, ms)
    if not frame.path.resolve().is_relative_to(media.folder.resolve()):
        raise no_thumbnail("the entry names a file outside the cache")
    return Thumbnail(frame, min(width or frame.width, frame.width))


def no_thumbnail(reason: str) -> NoThumbnailError:
    """The error for a film whose pictures are not to be had: `rushes index` makes them."""
    return NoThumbnailError(reason, remedy="make the film's pictures with `rushes index`")


def _at(frames: Sequence[SampledFrame], ms: int) -> SampledFrame:
    """The frame whose span holds `ms`; between spans the nearer one."""
    behind = bisect_right(frames, ms, key=lambda frame: frame.time_ms)
    near = frames[max(0, behind - 1) : behind + 1]
    holding = [frame for frame in near if frame.time_ms <= ms < frame.end_ms]
    return holding[0] if holding else min(near, key=lambda frame: abs(frame.time_ms - ms))
