"""The picture of recall against time."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from assets.vector_plot import recall_plot
from rushes.vectors.generations.manifest import RecallPoint

_BLUE, _RED, _GREEN = (59, 111, 212), (212, 84, 59), (44, 138, 87)
_CURVE = [
    RecallPoint(nprobe=nprobe, recall=recall, milliseconds=milliseconds)
    for nprobe, recall, milliseconds in ((1, 0.4, 0.05), (8, 0.9, 0.3), (32, 0.99, 1.2))
]


def _colours(data: bytes | None) -> set[tuple[int, ...]]:
    assert data is not None
    assert len(data) < 100_000  # what Dagster shows without trouble
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    return {colour for _, colour in picture.getcolors(2**24) or []}


def test_points_the_chosen_one_and_flat_are_drawn() -> None:
    drawn = _colours(recall_plot(_CURVE, 8, 14.0))
    assert {_BLUE, _RED, _GREEN} <= drawn


def test_without_a_time_of_flat_it_is_left_out() -> None:
    assert _GREEN not in _colours(recall_plot(_CURVE, 8, None))


def test_an_index_that_compares_all_has_no_curve() -> None:
    assert recall_plot([], 0, 14.0) is None


@pytest.mark.parametrize("recall", [0.0, 1.0])
def test_extremes_are_drawn_too(recall: float) -> None:
    point = RecallPoint(nprobe=1, recall=recall, milliseconds=0.0)
    assert _RED in _colours(recall_plot([point], 1, None))
