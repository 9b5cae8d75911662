"""Reading only where text is new: no line is lost, none is read by halves."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rushes.analysis.ocr.lines import Box, TextLine
from rushes.analysis.ocr.part_reading import part_to_read, read_part
from rushes.media.pictures import Pixels

WIDTH, HEIGHT = 640, 360


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, top = draw(st.integers(0, WIDTH - 9)), draw(st.integers(0, HEIGHT - 9))
    right = draw(st.integers(left + 8, WIDTH))
    return Box(left, top, right, draw(st.integers(top + 8, min(HEIGHT, top + 60))))


def line(box: Box, text: str) -> TextLine:
    corners = ((box.left, box.top), (box.right, box.top), (box.right, box.bottom))
    return TextLine((*corners, (box.left, box.bottom)), text, 0.9)


class Shown:
    """Reads the lines that lie wholly in what it is given; the corner's pixels say where it is."""

    def __init__(self, lines: list[TextLine]) -> None:
        self.lines = lines
        self.pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
        self.pixels[..., 0], self.pixels[..., 1] = across // 4, down // 4
        self.pixels[..., 2] = across % 4 * 4 + down % 4

    def read(self, pixels: Pixels) -> list[TextLine]:
        across, down, rest = (int(value) for value in pixels[0, 0])
        left, top = across * 4 + rest // 4, down * 4 + rest % 4
        part = Box(left, top, left + pixels.shape[1], top + pixels.shape[0])
        found = [each for each in self.lines if each.box.shared(part)]
        assert all(each.box.shared(part) == each.box.area for each in found), "half a line"
        return [line(Box(each.box.left - left, each.box.top - top, each.box.right - left,
                         each.box.bottom - top), each.text) for each in found]  # fmt: skip


@given(st.lists(boxes(), max_size=5), boxes())
def test_reading_a_part_gives_the_lines_of_the_whole_frame(old: list[Box], fresh: Box) -> None:
    standing = [line(box, f"line {number}") for number, box in enumerate(old)]
    shown = Shown([*standing, line(fresh, "fresh")])
    part = part_to_read([fresh], old, WIDTH, HEIGHT)
    if part is None:
        return
    read = read_part(shown, shown.pixels, part, standing)
    assert {each.text: each.box for each in read} == {each.text: each.box for each in shown.lines}
    assert len(read) == len(shown.lines)


def test_where_most_of_the_frame_is_fresh_all_of_it_is_read() -> None:
    assert part_to_read([Box(0, 0, 600, 300)], [], WIDTH, HEIGHT) is None
    assert part_to_read([], [], WIDTH, HEIGHT) is None
