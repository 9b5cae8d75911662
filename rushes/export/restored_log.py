"""The people log of a backup, added to the one of a library here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select

from rushes.db.people_tables import face_assignments, people, people_log
from rushes.export.contents import LibraryPart
from rushes.export.restore_report import RestoreReport
from rushes.export.said import (
    clusters_named,
    entry_keys,
    erased_clusters,
    split_clusters,
)
from rushes.people.clusters import insert_cluster
from rushes.people.fold import fold
from rushes.people.log import Action, Entry, read_log
from rushes.people.state import one_of


@dataclass(frozen=True, slots=True)
class RestoredLog:
    """All entries of the library now; `numbers` are those of the backup -> those here."""

    entries: list[Entry]
    numbers: dict[int, int]


def restore_log(
    connection: Connection, library_slug: str, part: LibraryPart, report: RestoreReport
) -> RestoredLog:
    """Append what the library's log lacks, in order, and make its clusters known.

    Entries keep author and time, so that they are known again. What would join two that were said
    here to be two is left out and reported, and nobody who was erased gets a name back.
    """
    return _LogMerge(connection, library_slug, part, report).run()


class _LogMerge:
    def __init__(
        self, connection: Connection, library_slug: str, part: LibraryPart, report: RestoreReport
    ) -> None:
        self._connection = connection
        self._library_slug = library_slug
        self._part = part
        self._report = report
        self._theirs = part.entries()
        self._here = read_log(connection, library_slug)
        self._erased = erased_clusters([*self._here, *self._theirs])
        self._numbers: dict[int, int] = {}

    def run(self) -> RestoredLog:
        known = {key: number for number, key in entry_keys(self._here).items()}
        keys = entry_keys(self._theirs)
        added: list[Entry] = []
        for entry in self._theirs:
            if (number := known.get(keys[entry.entry_id])) is not None:
                self._numbers[entry.entry_id] = number
                self._report.count("said about people", is_new=False)
            elif (payload := self._payload(entry)) is not None:
                added.append(self._insert(entry, payload))
                self._numbers[entry.entry_id] = added[-1].entry_id
        accepted = self._accepted(added)
        self._report.count("said about people", is_new=True, number=len(accepted))
        entries = [*self._here, *accepted]
        self._add_clusters(entries)
        return RestoredLog(entries, self._numbers)

    def _payload(self, entry: Entry) -> dict[str, Any] | None:
        """What the entry says in this database; None where it cannot be said here."""
        payload = dict(entry.payload)
        match entry.action:
            case Action.UNDO:
                target = self._numbers.get(int(payload["entry_id"]))
                return None if target is None else {"entry_id": target}
            case Action.NAME if payload["cluster_id"] in self._erased:
                return {**payload, "name": None}
            case Action.ERASE if self._are_seen(payload["cluster_ids"]):
                clusters = ", ".join(payload["cluster_ids"])
                self._report.differ("erased person", clusters, "still seen", "erased", "still seen")
                return None
            case _:
                return payload

    def _are_seen(self, cluster_ids: Sequence[str]) -> bool:
        faces = face_assignments
        query = select(faces.c.artifact_id).where(
            or_(faces.c.cluster_id == one_of(cluster_ids), faces.c.split_id == one_of(cluster_ids))
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def _insert(self, entry: Entry, payload: dict[str, Any]) -> Entry:
        values = {
            "library_slug": self._library_slug,
            "action": entry.action.value,
            "payload": payload,
            "author": entry.author,
            "created_at": entry.created_at,
        }
        number = self._connection.execute(
            insert(people_log).values(values).returning(people_log.c.entry_id)
        ).scalar_one()
        return Entry(
            number, self._library_slug, entry.action, payload, entry.author, entry.created_at
        )

    def _accepted(self, added: Sequence[Entry]) -> list[Entry]:
        """Those that contradict nothing that was said here; the others are taken out again."""
        if not fold([*self._here, *added]).conflicts():
            return list(added)
        accepted: list[Entry] = []
        refused: set[int] = set()
        for entry in added:
            undone = entry.payload["entry_id"] if entry.action is Action.UNDO else None
            together = [*self._here, *accepted, entry]
            if undone in refused or fold(together).conflicts():
                refused.add(entry.entry_id)
                about = " ".join(clusters_named(entry.action, entry.payload))
                self._report.differ(
                    entry.action.value, about, "two people", "would join them", "two people"
                )
            else:
                accepted.append(entry)
        gone = delete(people_log).where(people_log.c.entry_id.in_(refused))
        self._connection.execute(gone)
        self._numbers = {
            theirs: here for theirs, here in self._numbers.items() if here not in refused
        }
        return accepted

    def _add_clusters(self, entries: Sequence[Entry]) -> None:
        """Rows for all clusters that are spoken of, in the order of their founding."""
        named = [each for entry in entries for each in clusters_named(entry.action, entry.payload)]
        wanted = {each: None for each in named if each not in self._erased}
        founded = [each.cluster_id for each in self._part.clusters if each.cluster_id in wanted]
        query = select(people.c.cluster_id).where(people.c.cluster_id == one_of(wanted))
        known = set(self._connection.execute(query).scalars())
        split_from = split_clusters(entries)
        for cluster in dict.fromkeys([*founded, *wanted]):
            if cluster not in known:
                insert_cluster(
                    self._connection, self._library_slug, cluster, split_from.get(cluster)
                )
