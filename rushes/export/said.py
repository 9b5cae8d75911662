"""What an entry of the people log is about, and when two entries of two databases are the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from rushes.people.log import Action, Entry

EntryKey = tuple[object, ...]
"""When, who and what: the same in every database that an entry was restored to."""


def clusters_named(action: Action, payload: Mapping[str, Any]) -> list[str]:
    """The clusters that an entry speaks of, in its order; those that it erased are not there."""
    match action:
        case Action.NAME | Action.HIDE | Action.UNHIDE:
            return [payload["cluster_id"]]
        case Action.MERGE:
            return [payload["into"], *payload["others"]]
        case Action.SPLIT:
            return [payload["cluster_id"], payload["from"]]
        case Action.CANNOT_LINK:
            return [payload["one"], payload["other"]]
        case _:
            return []


def entry_keys(entries: Iterable[Entry]) -> dict[int, EntryKey]:
    """Entry id -> its key. An undo is known by what it undoes, whatever number that has."""
    keys: dict[int, EntryKey] = {}
    for entry in entries:
        if entry.action is Action.UNDO:
            about: object = keys.get(int(entry.payload["entry_id"]))
        elif entry.action is Action.ERASE:
            about = tuple(entry.payload["cluster_ids"])
        else:
            about = tuple(clusters_named(entry.action, entry.payload))
        keys[entry.entry_id] = (_moment(entry.created_at), entry.author, entry.action.value, about)
    return keys


def split_clusters(entries: Iterable[Entry]) -> dict[str, str]:
    """Clusters that a split made -> what they were split from, undone splits included."""
    return {
        entry.payload["cluster_id"]: entry.payload["from"]
        for entry in entries
        if entry.action is Action.SPLIT
    }


def erased_clusters(entries: Iterable[Entry]) -> set[str]:
    """The clusters that an erasure took."""
    return {
        cluster
        for entry in entries
        if entry.action is Action.ERASE
        for cluster in entry.payload["cluster_ids"]
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
