"""Which frames are read, with a detector that knows where the text is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PIL import ImageFont

from rushes.analysis.ocr.gate import Reason, TextGate
from rushes.analysis.ocr.lines import Box, TextLine
from rushes.analysis.ocr.strokes import strokes_in
from rushes.media.pictures import Picture, Pixels
from tests.unit.analysis.ocr.records import CONFIGURATION, frame, picture

Shown = Sequence[tuple[str, float, float]]


def box_of(text: str, x: float, y: float) -> Box:
    left, top, right, bottom = ImageFont.load_default(28).getbbox(text)
    return Box(x + left, y + top, x + right, y + bottom).grown(6)


def reasons(film: Sequence[tuple[Shown, int]], **over: object) -> list[Reason]:
    """What the gate decides on a film of (texts, seed of the ground), a frame a second."""
    known: dict[int, Sequence[Box]] = {}

    def regions(pixels: Pixels) -> Sequence[Box]:
        return known[id(pixels)]

    gate = TextGate(CONFIGURATION.model_copy(update=over), regions)
    found = []
    for second, (texts, seed) in enumerate(film):
        shown = picture(second, texts, seed)
        known[id(shown.pixels)] = [box_of(*text) for text in texts]
        decision = gate.decide(shown)
        found.append(decision.reason)
        if decision.is_read:
            gate.was_read(shown, [line_of(*text) for text in texts])
    return found


def line_of(text: str, x: float, y: float) -> TextLine:
    box = box_of(text, x, y)
    corners = (
        (box.left, box.top),
        (box.right, box.top),
        (box.right, box.bottom),
        (box.left, box.bottom),
    )
    return TextLine(corners, text, 0.99)


CAPTION = ("He has crossed it 300 times.", 60.0, 300.0)


def test_a_picture_without_text_is_never_read() -> None:
    assert reasons([([], 0), ([], 1), ([], 2)]) == [Reason.NO_TEXT] * 3


def test_a_caption_is_read_once_while_the_picture_behind_it_moves() -> None:
    assert (
        reasons([([CAPTION], seed) for seed in range(4)]) == [Reason.NEW] + [Reason.UNCHANGED] * 3
    )


def test_another_caption_in_the_same_place_is_read() -> None:
    other = ("He never came home again.", 60.0, 300.0)
    assert reasons([([CAPTION], 0), ([other], 0)])[1] == Reason.CHANGED


def test_one_other_digit_is_read() -> None:
    other = ("He has crossed it 800 times.", 60.0, 300.0)
    assert reasons([([CAPTION], 0), ([other], 0)])[1] == Reason.CHANGED


def test_a_line_beside_one_that_stands_is_read() -> None:
    third = ("Martha Vance", 40.0, 60.0)
    assert reasons([([CAPTION], 0), ([CAPTION, third], 0)])[1] == Reason.NEW


def test_a_line_that_went_needs_no_reading() -> None:
    third = ("Martha Vance", 40.0, 60.0)
    assert reasons([([CAPTION, third], 0), ([third], 0), ([], 0)]) == [
        Reason.NEW,
        Reason.UNCHANGED,
        Reason.NO_TEXT,
    ]


def test_text_that_stands_for_long_is_read_again() -> None:
    found = reasons([([CAPTION], 0)] * 8, gate_refresh_seconds=3)
    assert [place for place, reason in enumerate(found) if reason == Reason.REFRESH] == [3, 6]


def test_a_ticker_is_read_in_each_frame() -> None:
    words = [f"{number} boats left port {number + 3} today" for number in range(5)]
    found = reasons([([(text, 20.0, 320.0)], 0) for text in words])
    assert found == [Reason.NEW] + [Reason.CHANGED] * 4


def test_credits_that_roll_are_read_within_a_bounded_time() -> None:
    names = ["Helena Brandt", "Tomas Okafor", "Ines Caldeira", "Ruth Lindqvist", "Pavel Moreno"]
    film = [
        ([(name, 60.0, 60.0 + 60 * row - 14 * second) for row, name in enumerate(names)], 0)
        for second in range(12)
    ]
    found = reasons([([text for text in texts if text[2] > 0], seed) for texts, seed in film])
    read = [second for second, reason in enumerate(found) if reason != Reason.MOVING]
    assert Reason.MOVING in found
    assert max(after - before for before, after in pairwise(read)) <= 3


def test_a_hostile_picture_has_no_strokes() -> None:
    for shape in ((1, 1), (1, 20_000), (20_000, 2), (40, 40)):
        flat = np.zeros(shape, np.uint8)
        assert strokes_in(flat, Box(0, 0, shape[1], shape[0])) is None
        gate = TextGate(CONFIGURATION, lambda pixels: [Box(0, 0, 30, 30)])
        shown = Picture(frame(0), np.zeros((*shape, 3), np.uint8))
        assert gate.decide(shown).is_read
        gate.was_read(shown, [])
