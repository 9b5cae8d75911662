"""Which clusters of a new analysis are those of a backup. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MatchedFace:
    """A face of now with its cluster; `anchor` is the backup's cluster at its place, if any."""

    artifact_id: str
    cluster_id: str
    anchor: str | None


@dataclass(slots=True)
class FaceVotes:
    """What follows from where the faces are.

    `whole`: cluster of now -> the backup's, to which all its faces go. `single`: faces that go to
    another than the rest of their cluster. `joined`: (backup's person, person of now) who are one,
    where people spoke of both. `rivals`: further such pairs, which contradict those.
    """

    whole: dict[str, str] = field(default_factory=dict)
    single: dict[str, str] = field(default_factory=dict)
    joined: list[tuple[str, str]] = field(default_factory=list)
    rivals: list[tuple[str, str]] = field(default_factory=list)


def vote(
    faces: Iterable[MatchedFace], spoken_of: Collection[str], person_of: Callable[[str], str]
) -> FaceVotes:
    """Every face votes for the cluster at its place, or for none; the majority has the cluster.

    What the machine grouped and nobody spoke of yields, each matched face to its own anchor. What
    people spoke of stays as it is; each such person can be one person of the backup, and the
    other way round.
    """
    found = FaceVotes()
    by_cluster: defaultdict[str, list[MatchedFace]] = defaultdict(list)
    for face in faces:
        by_cluster[face.cluster_id].append(face)
    by_person: defaultdict[str, Counter[str | None]] = defaultdict(Counter)
    for cluster, members in sorted(by_cluster.items()):
        if cluster in spoken_of:
            by_person[person_of(cluster)].update(
                None if face.anchor is None else person_of(face.anchor) for face in members
            )
            continue
        winner = _majority(Counter(face.anchor for face in members))
        if winner is not None:
            found.whole[cluster] = winner
        found.single |= {
            face.artifact_id: face.anchor
            for face in members
            if face.anchor is not None and face.anchor != winner
        }
    _pair(by_person, found)
    return found


def _pair(by_person: dict[str, Counter[str | None]], found: FaceVotes) -> None:
    votes = [
        (-counted[winner], winner, person)
        for person, counted in by_person.items()
        if (winner := _majority(counted)) is not None and winner != person
    ]
    taken: set[str] = set()
    for _, theirs, here in sorted(votes):
        (found.rivals if theirs in taken else found.joined).append((theirs, here))
        taken.add(theirs)


def _majority(counted: Counter[str | None]) -> str | None:
    """The cluster with the most votes; of equals one rather than none, then by id."""
    return min(counted, key=lambda each: (-counted[each], each is None, each or ""))
