"""Fitting pictures into a model's input and moving boxes back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.analysis.objects.letterbox import Letterbox, Size, as_input, fit, fit_rectangle
from tests.unit.analysis.objects.colour_model import painted

sides = st.integers(1, 5000)
targets = st.sampled_from([Size(640, 640), Size(320, 320), Size(640, 384), Size(96, 128)])
fits = st.builds(fit, st.builds(Size, sides, sides), targets)
rectangles = st.builds(
    fit_rectangle, st.builds(Size, sides, sides), st.just(Size(640, 640)), st.just(32)
)
letterboxes = fits | rectangles


@given(letterboxes, st.lists(st.floats(0, 1, width=32), min_size=4, max_size=4))
def test_a_box_comes_back_to_where_it_was(letterbox: Letterbox, share: list[float]) -> None:
    picture = letterbox.picture
    box = np.asarray([share], np.float32) * ((picture.width, picture.height) * 2)
    back = letterbox.to_picture(letterbox.to_input(box.astype(np.float32)))
    np.testing.assert_allclose(back, box, atol=0.01)  # 5000 px is 0.0005 px fine in float32


@given(letterboxes)
def test_the_whole_picture_lies_inside_the_input(letterbox: Letterbox) -> None:
    target, picture = letterbox.target, letterbox.picture
    whole = np.asarray([[0, 0, picture.width, picture.height]], np.float32)
    left, top, right, bottom = letterbox.to_input(whole)[0]
    assert (left, top) == (letterbox.left, letterbox.top)
    assert left >= 0
    assert top >= 0
    assert right <= target.width + 0.001
    assert bottom <= target.height + 0.001
    assert abs(target.width - right - left) <= 1.001  # in the middle, or one off it
    assert abs(target.height - bottom - top) <= 1.001


@given(fits)
def test_one_side_fills_the_input(letterbox: Letterbox) -> None:
    inner, target = letterbox.inner, letterbox.target
    assert inner.width == target.width or inner.height == target.height


@given(rectangles)
def test_a_rectangle_is_whole_strides_and_no_larger_than_the_square(letterbox: Letterbox) -> None:
    target = letterbox.target
    assert target.width % 32 == 0 == target.height % 32
    assert 32 <= target.width <= 640
    assert 32 <= target.height <= 640


@given(letterboxes, st.integers(1, 40), st.integers(1, 40))
def test_boxes_never_leave_the_picture(letterbox: Letterbox, x: int, y: int) -> None:
    wild = np.asarray([[-x, -y, 700.0 * x, 700.0 * y]], np.float32)
    picture = letterbox.picture
    left, top, right, bottom = letterbox.to_picture(wild)[0]
    assert 0 <= left <= right <= picture.width
    assert 0 <= top <= bottom <= picture.height


@pytest.mark.parametrize(
    ("picture", "inner", "padding"),
    [
        (Size(1280, 720), Size(640, 360), (0, 12)),
        (Size(720, 1280), Size(360, 640), (12, 0)),
        (Size(640, 640), Size(640, 640), (0, 0)),
        (Size(1280, 719), Size(640, 360), (0, 12)),
        (Size(1280, 534), Size(640, 267), (0, 10)),  # 21 rows: 10 above, 11 below
    ],
)
def test_wide_frames_get_little_padding(
    picture: Size, inner: Size, padding: tuple[int, int]
) -> None:
    letterbox = fit_rectangle(picture, Size(640, 640), 32)
    assert letterbox.inner == inner
    assert (letterbox.left, letterbox.top) == padding


@given(st.integers(1, 90), st.integers(1, 90))
def test_a_fitted_picture_has_the_size_of_the_input(width: int, height: int) -> None:
    letterbox = fit(Size(width, height), Size(64, 32))
    fitted = letterbox.apply(painted(width, height))
    assert fitted.shape == (32, 64, 3)
    inside = fitted[letterbox.top :, letterbox.left :]
    assert not inside[: letterbox.inner.height, : letterbox.inner.width].any()
    assert (fitted == 114).sum() == 3 * (64 * 32 - letterbox.inner.width * letterbox.inner.height)


def test_the_input_is_red_green_blue_from_0_to_1() -> None:
    picture = painted(4, 2, ("red", 0, 0, 1, 1), ("blue", 3, 1, 1, 1))
    batch = as_input([picture, picture // 5])
    assert batch.shape == (2, 3, 2, 4)
    assert batch.dtype == np.float32
    assert batch[0, 0, 0, 0] == 1
    assert batch[0, 2, 1, 3] == 1
    assert batch[0].sum() == 2
    assert batch[1, 0, 0, 0] == pytest.approx(51 / 255)
