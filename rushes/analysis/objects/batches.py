"""Pictures in batches of one size each, so that a batch never changes how one is fitted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rushes.media.pictures import Picture

_LARGEST_BATCH_PIXELS = 1 << 25
"""100 MB of pixels: a film of huge pictures is looked at one by one."""


def batches(pictures: Iterable[Picture], size: int) -> Iterator[list[Picture]]:
    """Neighbouring pictures of the same width and height, up to `size` of them at a time."""
    batch: list[Picture] = []
    for picture in pictures:
        if batch and not _fits(batch, picture, size):
            yield batch
            batch = []
        batch.append(picture)
    if batch:
        yield batch


def _fits(batch: list[Picture], picture: Picture, size: int) -> bool:
    height, width = picture.pixels.shape[:2]
    return (
        len(batch) < size
        and picture.pixels.shape == batch[0].pixels.shape
        and (len(batch) + 1) * height * width <= _LARGEST_BATCH_PIXELS
    )
