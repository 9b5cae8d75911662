"""Which clusters of now are those of a backup: by majority, each matched face to its own place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rushes.export.anchors import Anchors
from rushes.export.face_votes import MatchedFace, vote

CLUSTERS, ANCHORS = ["c1", "c2", "c3"], ["p1", "p2", None]
FACES = st.lists(st.tuples(st.sampled_from(CLUSTERS), st.sampled_from(ANCHORS)), max_size=30)
BOXES = st.tuples(st.integers(0, 50), st.integers(1, 9), st.integers(0, 5000)).map(
    lambda each: (each[0], each[0] + each[1], each[2], 1000, each[2] + 1000, 3000)
)


def faces(pairs: list[tuple[str, str | None]]) -> list[MatchedFace]:
    return [MatchedFace(str(number), *pair) for number, pair in enumerate(pairs)]


@given(pairs=FACES)
def test_every_matched_face_of_the_machine_s_goes_to_its_place(
    pairs: list[tuple[str, str | None]],
) -> None:
    known = faces(pairs)
    found = vote(known, spoken_of=(), person_of=str)
    for face in known:
        goes_to = found.single.get(face.artifact_id, found.whole.get(face.cluster_id))
        assert face.anchor in (None, goes_to)
    assert found.joined == []


@given(pairs=FACES)
def test_what_people_spoke_of_is_not_moved_and_joins_one_person_at_most(
    pairs: list[tuple[str, str | None]],
) -> None:
    found = vote(faces(pairs), spoken_of=CLUSTERS, person_of=str)
    assert (found.whole, found.single) == ({}, {})
    theirs = [pair[0] for pair in found.joined]
    here = [pair[1] for pair in found.joined]
    assert len(set(theirs)) == len(theirs)
    assert len(set(here)) == len(here)


def test_a_cluster_of_mostly_strangers_stays_and_only_the_known_faces_leave() -> None:
    found = vote(faces([("c1", "p1"), ("c1", None), ("c1", None)]), (), str)
    assert (found.whole, found.single) == ({}, {"0": "p1"})


@given(boxes=st.lists(BOXES, min_size=1, max_size=20, unique=True))
def test_a_face_is_known_at_its_own_place_and_nowhere_else(
    boxes: list[tuple[int, int, int, int, int, int]],
) -> None:
    anchors = Anchors([("film", box, [box]) for box in boxes], 0.5)
    for box in boxes:
        start, end, *corners = box
        left, top, right, bottom = (each / 10_000 for each in corners)
        place = (left, top, right, bottom)
        assert anchors.key_at("film", start, end, place) == box
        assert anchors.key_at("other", start, end, place) is None
        assert anchors.key_at("film", 100, 200, place) is None
        below = (left, top + 0.3, right, bottom + 0.3)
        assert anchors.key_at("film", start, end, below) is None
