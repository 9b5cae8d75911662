"""Recall against time, as a small picture: what a setting of the index costs and brings."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from rushes.vectors.generations.manifest import RecallPoint

_WIDTH, _HEIGHT = 640, 360
_LEFT, _TOP, _RIGHT, _BOTTOM = 64, 28, 24, 48
_INK, _GRID, _LINE, _CHOSEN, _FLAT = "#1f2430", "#d9dde5", "#3b6fd4", "#d4543b", "#2c8a57"
_FONT_SIZE: Final = 13
_TICKS: Final = 5
_SMALLEST_MS: Final = 0.0005
_DOT: Final = 4


def recall_plot(
    curve: Sequence[RecallPoint], nprobe: int, flat_milliseconds: float | None
) -> bytes | None:
    """PNG of recall@10 (upwards) against ms of a search (to the right, logarithmic).

    Each point is a number of cells; `nprobe` is the chosen one. Flat, whose recall is one, stands
    beside them. None where there is nothing to compare.
    """
    if not curve:
        return None
    times = [each.milliseconds for each in curve]
    if flat_milliseconds is not None:
        times.append(flat_milliseconds)
    plane = _Plane(times, min(each.recall for each in curve))
    plane.line([(each.milliseconds, each.recall) for each in curve])
    for each in curve:
        is_chosen = each.nprobe == nprobe
        plane.dot(each.milliseconds, each.recall, _CHOSEN if is_chosen else _LINE)
        if is_chosen or each in (curve[0], curve[-1]):
            plane.name(each.milliseconds, each.recall, f"nprobe {each.nprobe}")
    if flat_milliseconds is not None:
        plane.dot(flat_milliseconds, 1.0, _FLAT)
        plane.name(flat_milliseconds, 1.0, "flat")
    return plane.png()


class _Plane:
    """Times to the right, recall from a little below the lowest up to one."""

    def __init__(self, milliseconds: Sequence[float], lowest: float) -> None:
        self._from = math.log10(max(min(milliseconds), _SMALLEST_MS)) - 0.1
        self._to = math.log10(max(*milliseconds, _SMALLEST_MS)) + 0.1
        self._lowest = math.floor(min(lowest, 0.95) * 20 - 1e-9) / 20
        self._image = Image.new("RGB", (_WIDTH, _HEIGHT), "white")
        self._draw = ImageDraw.Draw(self._image)
        self._font = ImageFont.load_default(_FONT_SIZE)
        self._axes()

    def line(self, points: Sequence[tuple[float, float]]) -> None:
        self._draw.line([self._at(*each) for each in points], fill=_LINE, width=2)

    def dot(self, milliseconds: float, recall: float, colour: str) -> None:
        x, y = self._at(milliseconds, recall)
        self._draw.ellipse((x - _DOT, y - _DOT, x + _DOT, y + _DOT), fill=colour)

    def name(self, milliseconds: float, recall: float, text: str) -> None:
        x, y = self._at(milliseconds, recall)
        width = self._draw.textlength(text, font=self._font)
        left = min(x + 2 * _DOT, _WIDTH - _RIGHT - width)
        is_low = y + 2 * _DOT + _FONT_SIZE > _HEIGHT - _BOTTOM
        above = y - 2 * _DOT - _FONT_SIZE
        self._draw.text((left, above if is_low else y + 2 * _DOT), text, fill=_INK, font=self._font)

    def png(self) -> bytes:
        out = io.BytesIO()
        self._image.quantize(64).save(out, "PNG", optimize=True)
        return out.getvalue()

    def _axes(self) -> None:
        for number in range(_TICKS + 1):
            share = number / _TICKS
            recall = self._lowest + (1 - self._lowest) * share
            milliseconds = 10 ** (self._from + (self._to - self._from) * share)
            x, y = self._at(milliseconds, recall)
            self._draw.line((_LEFT, y, _WIDTH - _RIGHT, y), fill=_GRID)
            self._draw.text(
                (_LEFT - 6, y), f"{recall:.2f}", fill=_INK, font=self._font, anchor="rm"
            )
            below = (x, _HEIGHT - _BOTTOM + 6)
            self._draw.text(below, f"{milliseconds:.2g}", fill=_INK, font=self._font, anchor="ma")
        self._draw.text((_LEFT, 6), "recall@10", fill=_INK, font=self._font)
        corner = (_WIDTH - _RIGHT, _HEIGHT - 8)
        self._draw.text(corner, "ms a search", fill=_INK, font=self._font, anchor="rs")

    def _at(self, milliseconds: float, recall: float) -> tuple[float, float]:
        along = (math.log10(max(milliseconds, _SMALLEST_MS)) - self._from) / (self._to - self._from)
        up = (recall - self._lowest) / (1 - self._lowest)
        x = _LEFT + along * (_WIDTH - _LEFT - _RIGHT)
        return x, _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM)
