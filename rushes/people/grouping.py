"""Tracks grouped among themselves: those of one film before they meet the library, or all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rushes.people.faces import Face, Frame, Vector, unit
from rushes.people.likeness import Likeness
from rushes.people.options import ClusteringOptions
from rushes.people.tracks import Track, may_join


@dataclass(slots=True)
class Group:
    """Tracks of one person. `anchor`: the cluster that they are known to be of."""

    anchor: str | None
    tracks: list[Track] = field(default_factory=list)
    frames: set[Frame] = field(default_factory=set)

    @property
    def faces(self) -> list[Face]:
        return [face for track in self.tracks for face in track.faces]

    @property
    def mean(self) -> Vector:
        """Mean of all faces' vectors, not scaled to length one."""
        sizes = [len(track.faces) for track in self.tracks]
        means = np.stack([track.mean for track in self.tracks])
        return np.average(means, axis=0, weights=sizes).astype(np.float32)

    @property
    def best_quality(self) -> float:
        """Of its best face, 0..1."""
        return max(face.quality for face in self.faces)

    def fits(self) -> list[tuple[Face, float]]:
        """Each face with its cosine to the middle of the group, 0..1."""
        middle = unit(self.mean)
        return [(face, float(np.clip(face.vector @ middle, 0.0, 1.0))) for face in self.faces]

    def has_room_for(self, track: Track) -> bool:
        """Whether no picture would show this person twice."""
        return self.frames.isdisjoint(track.frames)

    def add(self, track: Track) -> None:
        self.tracks.append(track)
        self.frames |= track.frames


def group_tracks(tracks: Sequence[Track], options: ClusteringOptions) -> list[Group]:
    """Groups of tracks, anchored ones first.

    Tracks of one anchor go together unless a picture shows both; tracks of two anchors never do.
    The others join, in the order given, the group that is most like them, or found one.
    """
    return _Grouping(tracks, options).groups()


class _Grouping:
    def __init__(self, tracks: Sequence[Track], options: ClusteringOptions) -> None:
        self._tracks = tracks
        self._options = options
        self._groups: list[Group] = []
        dimension = len(tracks[0].mean) if tracks else 1
        self._likeness: Likeness[int] = Likeness(dimension, options.exemplars_compared)

    def groups(self) -> list[Group]:
        left = self._anchored()
        for index in sorted(left):
            self._join_or_found(self._tracks[index])
        return self._groups

    def _anchored(self) -> list[int]:
        """Make the groups of all anchors. Returns the tracks that have no place there."""
        numbers: dict[str, int] = {}
        left = []
        # The longest first: of two in one picture it is the one that keeps the anchor.
        longest = sorted(range(len(self._tracks)), key=lambda each: -len(self._tracks[each].faces))
        for index in longest:
            track = self._tracks[index]
            if track.anchor is None:
                left.append(index)
                continue
            if track.anchor not in numbers:
                numbers[track.anchor] = self._found(track.anchor)
            if self._groups[numbers[track.anchor]].has_room_for(track):
                self._put(numbers[track.anchor], track)
            else:
                left.append(index)
        return left

    def _join_or_found(self, track: Track) -> None:
        for _, number in self._likeness.at_least(track.mean, self._options.threshold):
            group = self._groups[number]
            if group.has_room_for(track) and may_join(track.anchor, group.anchor):
                self._put(number, track)
                return
        self._put(self._found(None), track)

    def _found(self, anchor: str | None) -> int:
        self._groups.append(Group(anchor))
        return len(self._groups) - 1

    def _put(self, number: int, track: Track) -> None:
        group = self._groups[number]
        group.add(track)
        if len(group.tracks) <= self._options.exemplars_kept:
            self._likeness.add(number, track.mean)
