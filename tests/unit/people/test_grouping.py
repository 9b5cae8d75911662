"""Tracks and groups of made-up faces, without a database."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.errors import ConfigurationError
from rushes.people.faces import Box, Face, Vector, overlap, unit
from rushes.people.grouping import group_tracks
from rushes.people.likeness import Likeness
from rushes.people.options import ClusteringOptions, options_of
from rushes.people.positions import PlacedFace, Places
from rushes.people.recluster import kept_ids
from rushes.people.tracks import tracks_of

OPTIONS = ClusteringOptions()
HERE, THERE = (0.1, 0.1, 0.3, 0.3), (0.6, 0.1, 0.8, 0.3)


def along(*weights: float) -> Vector:
    """A unit vector with these weights on the first axes of eight."""
    return unit(np.array([*weights, *[0.0] * (8 - len(weights))], dtype=np.float32))


ANN, BOB = along(1), along(0, 1)


def face(name: str, second: int, vector: Vector, box: Box = HERE) -> Face:
    return Face(name, "film", "run", second * 1000, second * 25, box, 0.9, vector)


def names(groups: list[list[Face]]) -> list[list[str]]:
    return [[each.artifact_id for each in group] for group in groups]


def test_neighbouring_faces_at_one_place_are_one_track() -> None:
    faces = [face(f"a{second}", second, ANN) for second in (0, 1, 2, 9)]
    faces.append(face("b1", 1, BOB, THERE))
    tracks = tracks_of(faces, OPTIONS)
    assert names([track.faces for track in tracks]) == [["a0", "a1", "a2"], ["b1"], ["a9"]]


def test_a_cut_to_another_face_at_the_same_place_ends_the_track() -> None:
    tracks = tracks_of([face("a", 0, ANN), face("b", 1, BOB)], OPTIONS)
    assert names([track.faces for track in tracks]) == [["a"], ["b"]]


def test_faces_that_were_parted_by_hand_are_never_one_track() -> None:
    faces = [face(f"a{second}", second, ANN) for second in range(4)]
    tracks = tracks_of(faces, OPTIONS, {"a0": "x", "a2": "y"})
    assert names([track.faces for track in tracks]) == [["a0", "a1"], ["a2", "a3"]]
    groups = group_tracks(tracks, OPTIONS)
    assert [group.anchor for group in groups] == ["x", "y"]


@pytest.mark.parametrize(("compared", "groups"), [(1, 1), (3, 2)])
def test_one_face_in_between_does_not_join_two_people(compared: int, groups: int) -> None:
    seen = [ANN, ANN, ANN, along(1, 1), BOB, BOB, BOB]
    faces = [face(f"f{number}", 10 * number, each) for number, each in enumerate(seen)]
    options = ClusteringOptions(threshold=0.6, exemplars_compared=compared)
    assert len(group_tracks(tracks_of(faces, options), options)) == groups


def test_two_faces_of_one_picture_never_share_a_group() -> None:
    faces = [face("left", 0, ANN), face("right", 0, ANN, THERE), face("later", 60, ANN)]
    groups = [group.faces for group in group_tracks(tracks_of(faces, OPTIONS), OPTIONS)]
    assert names(groups) == [["left", "later"], ["right"]]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)), max_size=25, unique=True))
def test_groups_hold_every_face_once_and_no_picture_twice(seen: list[tuple[int, int]]) -> None:
    boxes = [(0.25 * person, 0.1, 0.25 * person + 0.2, 0.3) for person in range(4)]
    faces = [
        face(f"{person}-{second}", second, along(1, person / 4), boxes[person])
        for person, second in seen
    ]
    groups = group_tracks(tracks_of(faces, OPTIONS), OPTIONS)
    together = sorted(each.artifact_id for group in groups for each in group.faces)
    assert together == sorted(each.artifact_id for each in faces)
    for group in groups:
        frames = [each.frame for each in group.faces]
        assert len(frames) == len(set(frames))


def test_likeness_is_the_mean_of_the_best_and_ties_keep_their_order() -> None:
    likeness: Likeness[str] = Likeness(8, compared=2)
    for key, vector in [("one", ANN), ("one", BOB), ("two", along(1, 1)), ("three", along(1, 1))]:
        likeness.add(key, vector)
    found = likeness.at_least(ANN, 0.4)
    assert [key for _, key in found] == ["two", "three", "one"]
    assert found[-1][0] == pytest.approx(0.5)
    assert likeness.closest(ANN, ["two", "one"]) == "one"


def test_likeness_holds_more_than_it_was_made_for() -> None:
    likeness: Likeness[int] = Likeness(8, compared=1)
    for number in range(40):
        likeness.add(number, along(1, number))
    assert likeness.at_least(along(1, 39), 0.999)[0][1] == 39


def test_a_face_has_the_place_that_overlaps_most_in_its_own_or_the_nearest_frame() -> None:
    near = (0.12, 0.1, 0.32, 0.3)
    earlier = [
        PlacedFace(0, 0, near, "near"),
        PlacedFace(0, 0, HERE, "same"),
        PlacedFace(50, 2000, THERE, "later"),
    ]
    places = Places(earlier, OPTIONS)
    assert places.cluster_at(face("x", 0, ANN)) == "same"
    assert places.cluster_at(face("x", 0, ANN, THERE)) is None
    shifted = Face("x", "film", "run", 2400, 60, THERE, 0.9, ANN)
    assert places.cluster_at(shifted) == "later"
    assert places.cluster_at(face("x", 5, ANN, THERE)) is None


def test_overlap_is_one_with_itself_and_none_beside() -> None:
    assert overlap(HERE, HERE) == pytest.approx(1)
    assert overlap(HERE, THERE) == 0
    assert overlap((0, 0, 1, 1), (0, 0, 0.5, 1)) == pytest.approx(0.5)


def test_the_largest_part_of_a_former_cluster_keeps_its_id() -> None:
    faces = [face(str(number), 10 * number, along(*[0] * (number // 3), 1)) for number in range(9)]
    groups = group_tracks(tracks_of(faces, OPTIONS), OPTIONS)
    former = {"0": "p", "3": "p", "4": "p", "6": "q", "7": "spoken", "8": "spoken"}
    assert kept_ids(groups, former, {"spoken"}) == {1: "p", 2: "q"}


def test_options_of_a_library_are_checked() -> None:
    assert options_of({"people": {"threshold": 0.5}}).threshold == 0.5
    assert options_of({}) == OPTIONS
    with pytest.raises(ConfigurationError, match=r"people\.treshold"):
        options_of({"people": {"treshold": 0.5}})
