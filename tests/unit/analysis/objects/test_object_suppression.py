"""Which of several overlapping boxes are kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rushes.analysis.objects.suppression import overlap, suppress
from rushes.analysis.objects.yolo_output import Thresholds, read_output

Boxes = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.intp]]


@st.composite
def candidates(draw: st.DrawFn) -> Boxes:
    """Boxes that often overlap, of few classes, with distinct scores."""
    scores = draw(st.lists(st.integers(1, 1000), min_size=1, max_size=40, unique=True))
    corner = st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(0, 9)] * 2, st.integers(0, 2))
    rows = draw(st.lists(corner, min_size=len(scores), max_size=len(scores)))
    boxes = np.asarray([(x, y, x + w, y + h) for x, y, w, h, _ in rows], np.float32)
    classes = np.asarray([row[4] for row in rows], np.intp)
    return boxes, np.asarray(scores, np.float32) / 1000, classes


thresholds = st.floats(0.05, 0.95)


@given(candidates(), thresholds)
def test_no_two_kept_boxes_of_a_class_overlap_too_much(given: Boxes, iou: float) -> None:
    boxes, scores, classes = given
    kept = suppress(boxes, scores, classes, iou=iou, limit=300)
    assert len(set(kept.tolist())) == len(kept)
    assert (np.diff(scores[kept]) < 0).all()
    for place, one in enumerate(kept):
        later = kept[place + 1 :]
        same = later[classes[later] == classes[one]]
        assert (overlap(boxes[one], boxes[same]) <= iou).all()


@given(candidates(), thresholds)
def test_what_goes_overlaps_a_better_one_of_its_class(given: Boxes, iou: float) -> None:
    boxes, scores, classes = given
    kept = suppress(boxes, scores, classes, iou=iou, limit=300)
    for gone in set(range(len(boxes))) - set(kept.tolist()):
        better = kept[(scores[kept] > scores[gone]) & (classes[kept] == classes[gone])]
        assert (overlap(boxes[gone], boxes[better]) > iou).any()


@given(candidates(), thresholds, st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_does_not_matter(
    given: Boxes, iou: float, random: np.random.RandomState
) -> None:
    boxes, scores, classes = given
    order = list(range(len(boxes)))
    random.shuffle(order)
    straight = suppress(boxes, scores, classes, iou=iou, limit=300)
    mixed = suppress(boxes[order], scores[order], classes[order], iou=iou, limit=300)
    assert [order[place] for place in mixed] == straight.tolist()


@given(candidates(), thresholds, st.integers(1, 5))
def test_a_limit_keeps_the_best(given: Boxes, iou: float, limit: int) -> None:
    boxes, scores, classes = given
    everything = suppress(boxes, scores, classes, iou=iou, limit=300)
    few = suppress(boxes, scores, classes, iou=iou, limit=limit)
    assert few.tolist() == everything[:limit].tolist()


def test_overlap_is_intersection_over_union() -> None:
    box = np.asarray([0, 0, 4, 4], np.float32)
    others = np.asarray(
        [[0, 0, 4, 4], [2, 0, 6, 4], [4, 4, 8, 8], [1, 1, 1, 1], [9, 9, 8, 8]], np.float32
    )
    assert overlap(box, others) == pytest.approx([1, 8 / 24, 0, 0, 0])
    assert overlap(others[3], others[3:4]) == pytest.approx([0])


def output(*columns: tuple[float, ...]) -> NDArray[np.float32]:
    """One picture's output in the layout (1, 4 + classes, anchors)."""
    return np.asarray(columns, np.float32).T[None]


def test_the_best_class_of_a_box_counts_and_its_score_must_exceed_the_threshold() -> None:
    given = output((50, 40, 20, 10, 0.2, 0.9), (9, 9, 2, 2, 0.5, 0.1), (5, 5, 2, 2, 0.4, 0.51))
    found = read_output(given, 2, Thresholds(0.5, 0.7, 300))[0]
    np.testing.assert_allclose(found, [(40, 35, 60, 45, 0.9, 1), (4, 4, 6, 6, 0.51, 1)])


def test_values_that_are_no_numbers_are_left_out() -> None:
    nan, inf = float("nan"), float("inf")
    given = output((nan, 0, 1, 1, 0.9, 0), (0, 0, inf, 1, 0.9, 0), (3, 3, 2, 2, 0, nan))
    assert read_output(given, 2, Thresholds(0.5, 0.7, 300))[0].shape == (0, 6)


def test_scores_that_are_no_probabilities_are_refused() -> None:
    with pytest.raises(ValueError, match="no probability"):
        read_output(output((5, 5, 2, 2, 3.5, 0.1)), 2, Thresholds(0.5, 0.7, 300))


@given(candidates(), thresholds)
def test_no_more_is_found_than_allowed(given: Boxes, iou: float) -> None:
    boxes, scores, classes = given
    rows = np.column_stack((boxes, scores, classes))[None].astype(np.float32)
    ended = read_output(rows, 3, Thresholds(0.25, iou, 4))[0]
    assert len(ended) == min(4, (scores > np.float32(0.25)).sum())
    assert (np.diff(ended[:, 4]) <= 0).all()
