"""A small picture of many frames side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from rushes.media.cache import SampledFrame

_COLUMNS = 5
_TILE_WIDTH, _TILE_HEIGHT = 160, 90
_MAX_TILES = 20
_QUALITY = 60
"""Twenty tiles at this size and quality stay below 100 kB, what Dagster's page shows well."""


def contact_sheet(frames: Sequence[SampledFrame], times_ms: Sequence[int]) -> bytes:
    """A JPEG of the frames nearest to `times_ms`, left to right, at most twenty."""
    tiles = [_tile(_nearest(frames, time_ms)) for time_ms in _thinned(times_ms)]
    rows = max(1, -(-len(tiles) // _COLUMNS))
    columns = min(_COLUMNS, max(1, len(tiles)))
    sheet = np.zeros((rows * _TILE_HEIGHT, columns * _TILE_WIDTH, 3), np.uint8)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, _COLUMNS)
        top, left = row * _TILE_HEIGHT, column * _TILE_WIDTH
        sheet[top : top + _TILE_HEIGHT, left : left + _TILE_WIDTH] = tile
    _, encoded = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return bytes(encoded)


def _thinned(times_ms: Sequence[int]) -> list[int]:
    """At most `_MAX_TILES` of them, evenly over the film."""
    step = max(1.0, len(times_ms) / _MAX_TILES)
    return [times_ms[int(index * step)] for index in range(min(len(times_ms), _MAX_TILES))]


def _nearest(frames: Sequence[SampledFrame], time_ms: int) -> SampledFrame:
    return min(frames, key=lambda frame: abs(frame.time_ms - time_ms))


def _tile(frame: SampledFrame) -> Any:
    """The frame fitted into a tile, black where its shape differs."""
    tile = np.zeros((_TILE_HEIGHT, _TILE_WIDTH, 3), np.uint8)
    picture = cv2.imread(str(frame.path))
    if picture is None:
        return tile
    scale = min(_TILE_WIDTH / picture.shape[1], _TILE_HEIGHT / picture.shape[0])
    width = max(1, int(picture.shape[1] * scale))
    height = max(1, int(picture.shape[0] * scale))
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    top, left = (_TILE_HEIGHT - height) // 2, (_TILE_WIDTH - width) // 2
    tile[top : top + height, left : left + width] = small
    return tile
