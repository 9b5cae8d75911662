"""The log folded: who is who now, whatever the machine finds. Pure.

Merges and splits are mappings over raw clusters and faces, never rewrites, so an entry that is
undone leaves nothing behind: the fold is as if it had never been said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rushes.people.log import Action, Entry


def cancelled_entries(entries: Sequence[Entry]) -> dict[int, int]:
    """Entries that were undone -> the undo that did it. An undo that was undone does nothing."""
    cancelled: dict[int, int] = {}
    for entry in reversed(entries):  # an undo only ever names an earlier entry
        if entry.action is Action.UNDO and entry.entry_id not in cancelled:
            cancelled.setdefault(int(entry.payload["entry_id"]), entry.entry_id)
    return cancelled


def fold(entries: Sequence[Entry]) -> People:
    """What these entries, the oldest first, say together."""
    cancelled = cancelled_entries(entries)
    people = People(
        gone={
            entry.payload["cluster_id"]: entry.payload["from"]
            for entry in entries
            if entry.action is Action.SPLIT and entry.entry_id in cancelled
        }
    )
    for entry in entries:
        if entry.entry_id not in cancelled:
            people.hear(entry)
    return people


class People:
    """What a log says so far. A cluster that it does not speak of is a person of its own."""

    def __init__(self, gone: Mapping[str, str]) -> None:
        self.gone = dict(gone)
        """Clusters of splits that were undone -> what they were split from."""
        self.split_from: dict[str, str] = {}
        self.face_splits: dict[str, str] = {}
        """artifact_id -> the cluster that a split put it into."""
        self._merged_into: dict[str, str] = {}
        self._members: dict[str, list[str]] = {}
        self._names: dict[str, str | None] = {}
        self._hidden: dict[str, bool] = {}
        self._links: list[tuple[str, str]] = []
        self._mentioned: set[str] = set()
        self._erased: set[str] = set()

    def person_of(self, cluster_id: str) -> str:
        """The person that a cluster belongs to, as the id of the cluster that stands for it."""
        seen: set[str] = set()
        while cluster_id in self.gone and cluster_id not in seen:
            seen.add(cluster_id)
            cluster_id = self.gone[cluster_id]
        return self._root(cluster_id)

    def name_of(self, cluster_id: str) -> str | None:
        """The person's own name or, where it never had one, the first among those merged in."""
        person = self.person_of(cluster_id)
        if person in self._names:
            return self._names[person]
        names = (self._names.get(member) for member in self._members.get(person, ()))
        return next((name for name in names if name is not None), None)

    def is_hidden(self, cluster_id: str) -> bool:
        """Whether the person is hidden; whoever is merged into it is hidden with it."""
        return self._hidden.get(self.person_of(cluster_id), False)

    def touched(self) -> set[str]:
        """Every cluster that somebody said something about, and those merged with it."""
        spoken_of = {cluster for cluster in self._mentioned if self._exists(cluster)}
        for cluster in list(spoken_of):
            person = self._root(cluster)
            spoken_of |= {person, *self._members.get(person, ())}
        return spoken_of

    def conflicts(self) -> list[tuple[str, str]]:
        """Pairs that were said to be two people and are one by a merge."""
        return [
            (one, other)
            for one, other in self._links
            if self._exists(one) and self._exists(other) and self._root(one) == self._root(other)
        ]

    def hear(self, entry: Entry) -> None:
        """Take the next entry in."""
        payload = entry.payload
        match entry.action:
            case Action.NAME if self._exists(payload["cluster_id"]):
                self._names[payload["cluster_id"]] = payload["name"]
                self._mentioned.add(payload["cluster_id"])
            case Action.HIDE | Action.UNHIDE if self._exists(payload["cluster_id"]):
                self._hidden[payload["cluster_id"]] = entry.action is Action.HIDE
                self._mentioned.add(payload["cluster_id"])
            case Action.MERGE:
                self._merge(payload["into"], payload["others"])
            case Action.SPLIT:
                self._split(payload)
            case Action.CANNOT_LINK:
                self._links.append((payload["one"], payload["other"]))
                self._mentioned |= {payload["one"], payload["other"]}
            case Action.ERASE:
                self._erase(payload["cluster_ids"])
            case _:
                pass

    def _merge(self, into: str, others: Iterable[str]) -> None:
        if not self._exists(into):
            return
        for other in filter(self._exists, others):
            person, joining = self._root(into), self._root(other)
            if person != joining:
                self._merged_into[joining] = person
                self._members.setdefault(person, []).extend(
                    [joining, *self._members.pop(joining, ())]
                )
        self._mentioned |= {into, *others}

    def _split(self, payload: Mapping[str, Any]) -> None:
        cluster, source = payload["cluster_id"], payload["from"]
        self.split_from[cluster] = source
        self.face_splits.update(dict.fromkeys(payload["artifact_ids"], cluster))
        self._links.append((cluster, source))
        self._mentioned |= {cluster, source}

    def _erase(self, cluster_ids: Iterable[str]) -> None:
        for cluster in cluster_ids:
            self._erased.add(cluster)
            self._names.pop(cluster, None)
            self._hidden.pop(cluster, None)
            self.split_from.pop(cluster, None)
        self.face_splits = {
            face: cluster
            for face, cluster in self.face_splits.items()
            if cluster not in self._erased
        }

    def _exists(self, cluster_id: str) -> bool:
        return cluster_id not in self.gone and cluster_id not in self._erased

    def _root(self, cluster_id: str) -> str:
        while cluster_id in self._merged_into:
            cluster_id = self._merged_into[cluster_id]
        return cluster_id
