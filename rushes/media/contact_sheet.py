"""A small picture of many frames side by side, with what was found drawn in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from rushes.media.cache import SampledFrame

_SHEET_WIDTH = 800
_MAX_TILES = 20
_QUALITY = 60
"""Twenty tiles of 160 pixels at this quality stay below 100 kB, what Dagster's page shows well."""
_MARK_COLOUR = (60, 220, 255)
_TEXT_SCALE = 0.4


@dataclass(frozen=True, slots=True)
class Mark:
    """An outline in pixels of the sampled frame, and a word beside it; no outline: in a corner."""

    outline: Sequence[tuple[float, float]]
    text: str


def contact_sheet(frames: Sequence[SampledFrame], times_ms: Sequence[int]) -> bytes:
    """A JPEG of the frames nearest to `times_ms`, left to right, at most twenty."""
    return _sheet([_tile(_nearest(frames, each), 160) for each in _thinned(times_ms)], 160)


def marked_sheet(
    frames: Sequence[SampledFrame], marks: Mapping[int, Sequence[Mark]], most: int = 6
) -> bytes | None:
    """A JPEG of at most `most` frames with their marks, by frame number; None without any."""
    chosen = _thinned([frame for frame in frames if marks.get(frame.frame_number)], most)
    tiles = [_tile(frame, 400, marks[frame.frame_number]) for frame in chosen]
    return _sheet(tiles, 400) if tiles else None


def _sheet(tiles: Sequence[Any], width: int) -> bytes:
    height, most = width * 9 // 16, _SHEET_WIDTH // width
    columns, rows = min(most, max(1, len(tiles))), max(1, -(-len(tiles) // most))
    sheet = np.zeros((rows * height, columns * width, 3), np.uint8)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        sheet[row * height : (row + 1) * height, column * width : (column + 1) * width] = tile
    _, encoded = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return bytes(encoded)


def _thinned(items: Sequence[Any], most: int = _MAX_TILES) -> list[Any]:
    """At most `most` of them, evenly over the film."""
    step = max(1.0, len(items) / most)
    return [items[int(index * step)] for index in range(min(len(items), most))]


def _nearest(frames: Sequence[SampledFrame], time_ms: int) -> SampledFrame:
    return min(frames, key=lambda frame: abs(frame.time_ms - time_ms))


def _tile(frame: SampledFrame, tile_width: int, marks: Sequence[Mark] = ()) -> Any:
    """The frame fitted into a tile, black where its shape differs."""
    tile_height = tile_width * 9 // 16
    tile = np.zeros((tile_height, tile_width, 3), np.uint8)
    picture = cv2.imread(str(frame.path))
    if picture is None:
        return tile
    scale = min(tile_width / picture.shape[1], tile_height / picture.shape[0])
    width = max(1, int(picture.shape[1] * scale))
    height = max(1, int(picture.shape[0] * scale))
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    for mark in marks:
        _draw(small, mark, width / frame.width, height / frame.height)
    top, left = (tile_height - height) // 2, (tile_width - width) // 2
    tile[top : top + height, left : left + width] = small
    return tile


def _draw(picture: Any, mark: Mark, across: float, down: float) -> None:
    corner = (4, picture.shape[0] - 6)
    if len(mark.outline):
        points = (
            np.array([(x * across, y * down) for x, y in mark.outline]).round().astype(np.int32)
        )
        cv2.polylines(picture, [points], True, _MARK_COLOUR, 1, cv2.LINE_AA)
        corner = (int(points[:, 0].min()), max(10, int(points[:, 1].min()) - 3))
    text = mark.text.encode("ascii", "replace").decode()  # what OpenCV's own letters can show
    for colour, thickness in (((0, 0, 0), 3), (_MARK_COLOUR, 1)):
        cv2.putText(
            picture, text, corner, cv2.FONT_HERSHEY_SIMPLEX, _TEXT_SCALE, colour, thickness,
            cv2.LINE_AA,
        )  # fmt: skip
