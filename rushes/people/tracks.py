"""Faces of one film that follow one another at one place: the same face, seen for a while."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from types import MappingProxyType

import numpy as np

from rushes.people.faces import Face, Frame, Vector, overlap
from rushes.people.options import ClusteringOptions

_NO_ANCHORS: Mapping[str, str] = MappingProxyType({})


@dataclass(slots=True)
class Track:
    """Neighbouring faces in order of time. `anchor`: the cluster that they are known to be of.

    `mean` is not scaled to length one: its product with another mean is the mean cosine of all
    pairs, which a track of mixed faces cannot raise.
    """

    faces: list[Face]
    anchor: str | None = None
    mean: Vector = field(init=False)
    frames: frozenset[Frame] = field(init=False)

    def seal(self) -> Track:
        """The track with its mean and its frames; no face comes after."""
        self.mean = np.mean([face.vector for face in self.faces], axis=0, dtype=np.float32)
        self.frames = frozenset(face.frame for face in self.faces)
        return self


def tracks_of(
    faces: Sequence[Face],
    options: ClusteringOptions,
    anchors: Mapping[str, str] = _NO_ANCHORS,
) -> list[Track]:
    """The tracks of one run's faces, by first time; a face without neighbours is one alone.

    A cut puts another face to the same place, so overlap alone does not make a neighbour.
    `anchors` is by artifact_id; faces of two anchors are never in one track.
    """
    ordered = sorted(faces, key=lambda face: (face.start_ms, face.frame_number, face.artifact_id))
    tracks: list[Track] = []
    living: list[Track] = []
    for _, same_frame in groupby(ordered, key=lambda face: (face.start_ms, face.frame_number)):
        here = list(same_frame)
        oldest = here[0].start_ms - options.track_gap_ms
        living = [track for track in living if track.faces[-1].start_ms >= oldest]
        followed = _continue(living, here, options, anchors)
        begun = [
            Track([face], anchors.get(face.artifact_id))
            for face in here
            if face.artifact_id not in followed
        ]
        tracks += begun
        living += begun
    return [track.seal() for track in tracks]


def _continue(
    living: list[Track],
    here: list[Face],
    options: ClusteringOptions,
    anchors: Mapping[str, str],
) -> set[str]:
    """Append to each living track its nearest face of this frame. Returns the ids appended."""
    pairs = []
    for number, track in enumerate(living):
        last = track.faces[-1]
        for place, face in enumerate(here):
            shared = overlap(last.box, face.box)
            alike = float(last.vector @ face.vector)
            if shared < options.track_overlap or alike < options.track_similarity:
                continue
            if may_join(track.anchor, anchors.get(face.artifact_id)):
                pairs.append((-last.start_ms, -(shared + alike), number, place))
    taken_tracks: set[int] = set()
    taken_faces: set[int] = set()
    for *_, number, place in sorted(pairs):  # the one seen last goes before one after a gap
        if number not in taken_tracks and place not in taken_faces:
            living[number].faces.append(here[place])
            living[number].anchor = living[number].anchor or anchors.get(here[place].artifact_id)
            taken_tracks.add(number)
            taken_faces.add(place)
    return {here[place].artifact_id for place in taken_faces}


def may_join(one: str | None, other: str | None) -> bool:
    """Whether two anchors do not contradict."""
    return one is None or other is None or one == other
