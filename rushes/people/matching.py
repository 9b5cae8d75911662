"""The people of a library that the groups of a new film belong to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from rushes.db.sql import load_sql
from rushes.people.faces import Frame, Vector, unit
from rushes.people.grouping import Group
from rushes.people.likeness import Likeness
from rushes.people.options import ClusteringOptions
from rushes.vectors.space import EmbeddingSpace

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Match:
    """The cluster that a group belongs to and its similarity, 0..1."""

    cluster_id: str
    score: float


class KnownPeople:
    """The people of one library in one space, each by a few exemplars of its clusters."""

    def __init__(self, dimension: int, options: ClusteringOptions) -> None:
        self._options = options
        self._people: Likeness[str] = Likeness(dimension, options.exemplars_compared)
        self._clusters: Likeness[str] = Likeness(dimension, 1)
        self._members: dict[str, list[str]] = {}
        self._exemplars: Counter[str] = Counter()

    def add(self, cluster_id: str, person: str, vector: Vector) -> None:
        """An exemplar of a cluster that is, after all merges, that person."""
        self._people.add(person, vector)
        self._clusters.add(cluster_id, vector)
        self._exemplars[cluster_id] += 1
        members = self._members.setdefault(person, [])
        if cluster_id not in members:
            members.append(cluster_id)

    def exemplars(self, cluster_id: str) -> int:
        """How many exemplars a cluster has; none where it is not known."""
        return self._exemplars[cluster_id]

    def matches(
        self, groups: Sequence[Group], votes: Mapping[int, str], person_of: Mapping[str, str]
    ) -> dict[int, Match]:
        """By the groups' index: whom each belongs to; groups of nobody known are left out.

        An anchored group is its anchor's; then comes what a group's places vote for, then who is
        most similar. No person is in one picture twice. `person_of` maps clusters to people.
        """
        found: dict[int, Match] = {}
        seen: defaultdict[str, set[Frame]] = defaultdict(set)

        def match(index: int, person: str, cluster_id: str, score: float) -> None:
            found[index] = Match(cluster_id, score)
            seen[person] |= groups[index].frames

        for index, group in enumerate(groups):
            if group.anchor is not None:
                match(index, person_of[group.anchor], group.anchor, 1.0)
        for index in sorted(votes, key=lambda index: (-len(groups[index].faces), index)):
            cluster_id = votes[index]
            person = person_of[cluster_id]
            if index not in found and seen[person].isdisjoint(groups[index].frames):
                match(index, person, cluster_id, 1.0)
        for score, index, person in self._candidates(groups):
            if index not in found and seen[person].isdisjoint(groups[index].frames):
                cluster_id = self._clusters.closest(groups[index].mean, self._members[person])
                match(index, person, cluster_id, min(1.0, score))
        return found

    def _candidates(self, groups: Sequence[Group]) -> list[tuple[float, int, str]]:
        """Best first, then in the order of the groups and of the people's first appearance."""
        reached = [
            (score, index, person)
            for index, group in enumerate(groups)
            if group.anchor is None
            for score, person in self._people.at_least(group.mean, self._options.threshold)
        ]
        return sorted(reached, key=lambda each: (-each[0], each[1]))


def known_people(
    connection: Connection, library_slug: str, space: EmbeddingSpace, options: ClusteringOptions
) -> KnownPeople:
    """The people that the library has in this space, the oldest first."""
    known = KnownPeople(space.dimension, options)
    rows = connection.execute(
        load_sql(_HERE, "exemplars"),
        {
            "library_slug": library_slug,
            "model": space.model,
            "model_version": space.model_version,
            "dimension": space.dimension,
        },
    )
    for row in rows:
        vector = unit(np.frombuffer(row.vector, dtype="<f4"))
        known.add(row.cluster_id, row.effective_id, vector)
    return known
