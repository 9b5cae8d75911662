"""People of a backup, put back into a library whose faces may have been analysed anew."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, update

from rushes.db.people_tables import people, people_log
from rushes.db.sql import load_sql
from rushes.export.contents import LibraryPart
from rushes.export.face_votes import vote
from rushes.export.restore_report import RestoreReport, WaitsFor
from rushes.export.restored_faces import FaceMover, FoundFaces, find_faces
from rushes.export.restored_likeness import alike, lost_clusters
from rushes.export.restored_log import restore_log
from rushes.export.restored_names import restore_names
from rushes.export.said import clusters_named, erased_clusters
from rushes.library.repository import get_library
from rushes.people import log
from rushes.people.fold import fold
from rushes.people.locking import lock_people
from rushes.people.log import Action, Entry
from rushes.people.options import options_of
from rushes.people.state import choose_exemplars, derive_again, follow_log, one_of

_HERE = Path(__file__).parent


def restore_people(
    connection: Connection,
    library_slug: str,
    part: LibraryPart,
    author: str,
    report: RestoreReport,
    *,
    overwrite: bool,
) -> None:
    """Bring back what was said about people, and whose faces are whose, as far as can be told.

    The log comes back as it was, about the same clusters; those get the faces that are now at
    their places, or look like them. Where somebody here was spoken of already, the two are merged.
    """
    if not part.said:
        return
    lock_people(connection, library_slug)
    if strangers := _of_other_libraries(connection, library_slug, part):
        report.differ("people", library_slug, f"of library {strangers}", "here", "left there")
        return
    _PeopleRestoration(connection, library_slug, part, author, report).run(overwrite=overwrite)


class _PeopleRestoration:
    def __init__(
        self,
        connection: Connection,
        library_slug: str,
        part: LibraryPart,
        author: str,
        report: RestoreReport,
    ) -> None:
        self._connection = connection
        self._library_slug = library_slug
        self._part = part
        self._author = author
        self._report = report
        self._options = options_of(get_library(connection, library_slug).settings)

    def run(self, *, overwrite: bool) -> None:
        before = self._names()
        restored = restore_log(self._connection, self._library_slug, self._part, self._report)
        self._entries = restored.entries
        self._said = fold(self._entries)
        self._named = {
            each for entry in self._entries for each in clusters_named(entry.action, entry.payload)
        } | self._said.touched()
        self._live = {each.cluster_id for each in self._part.clusters} - erased_clusters(
            self._entries
        )
        self._mover = FaceMover(self._connection, self._named)
        faces = find_faces(
            self._connection,
            self._library_slug,
            self._part,
            self._live,
            self._options.anchor_overlap,
        )
        self._by_place(faces)
        self._by_likeness()
        self._name_split_faces(faces, restored.numbers)
        self._follow()
        names = restore_names(before, self._part.entries(), self._entries, self._report, overwrite)
        for cluster, name in names.items():
            self._say(Action.NAME, {"cluster_id": cluster, "name": name})
        if names:
            self._follow()
        self._report_pending()

    def _by_place(self, faces: FoundFaces) -> None:
        votes = vote(faces.matched, self._named, self._said.person_of)
        cluster_of = {face.artifact_id: face.cluster_id for face in faces.matched}
        # First those that go elsewhere than the rest of their cluster.
        self._mover.move_single(votes.single, cluster_of.__getitem__)
        self._mover.move_whole(votes.whole)
        for theirs, here in votes.joined:
            self._join(theirs, here)
        for theirs, here in votes.rivals:
            self._report.differ("person", here, here, theirs, "two people")

    def _by_likeness(self) -> None:
        """Who is not seen at any known place may still be somebody who looks the same."""
        rows = self._connection.execute(
            load_sql(_HERE, "people_seen"), {"library_slug": self._library_slug}
        )
        seen = {self._said.person_of(cluster) for cluster in rows.scalars()}
        lost = lost_clusters(self._part.vectors, self._live, seen, self._said.person_of)
        found = alike(
            self._connection,
            self._library_slug,
            lost,
            lambda cluster: cluster not in self._live,
            self._options,
        )
        self._mover.move_whole(
            {here: theirs for here, theirs in found.items() if here not in self._named}
        )
        for here, theirs in found.items():
            if here in self._named:
                self._join_alike(theirs, here)

    def _join_alike(self, theirs: str, here: str) -> None:
        """A face alone does not make one of two that people gave different names."""
        names = [self._said.name_of(each) for each in (here, theirs)]
        if None not in names and names[0] != names[1]:
            self._report.differ("person", here, names[0], names[1], "two people")
        else:
            self._join(theirs, here)

    def _join(self, theirs: str, here: str) -> None:
        """Merge two people, unless that was said before or contradicts what was said."""
        into, other = self._said.person_of(here), self._said.person_of(theirs)
        payload = {"into": into, "others": [other]}
        said_before = any(
            each.action is Action.MERGE and dict(each.payload) == payload for each in self._entries
        )
        if into == other or said_before:
            return
        number = self._entries[-1].entry_id + 1
        slug, now = self._library_slug, datetime.now(UTC)
        entry = Entry(number, slug, Action.MERGE, payload, self._author, now)
        if fold([*self._entries, entry]).conflicts():
            self._report.differ("person", into, "two people", "would join them", "two people")
            return
        self._say(Action.MERGE, payload)

    def _say(self, action: Action, payload: dict[str, Any]) -> None:
        entry = log.append(self._connection, self._library_slug, action, payload, self._author)
        self._entries.append(entry)
        self._said = fold(self._entries)
        self._report.count("said about people", is_new=True)

    def _name_split_faces(self, faces: FoundFaces, numbers: dict[int, int]) -> None:
        """The faces that a split names, under the ids that they have here too."""
        here = {number: set(faces.of_splits.get(theirs, ())) for theirs, number in numbers.items()}
        for index, entry in enumerate(self._entries):
            if entry.action is not Action.SPLIT:
                continue
            more = here.get(entry.entry_id, set()).difference(entry.payload["artifact_ids"])
            if more:
                ids = sorted(more.union(entry.payload["artifact_ids"]))
                payload = {**entry.payload, "artifact_ids": ids}
                self._connection.execute(
                    update(people_log)
                    .where(people_log.c.entry_id == entry.entry_id)
                    .values(payload=payload)
                )
                self._entries[index] = Entry(
                    entry.entry_id,
                    entry.library_slug,
                    entry.action,
                    payload,
                    entry.author,
                    entry.created_at,
                )

    def _follow(self) -> None:
        kept = self._options.exemplars_kept
        self._said = follow_log(self._connection, self._library_slug, kept)
        self._mover.remove_emptied()
        choose_exemplars(self._connection, self._mover.clusters, kept)
        derive_again(self._connection, self._mover.films)

    def _names(self) -> dict[str, str]:
        query = select(people.c.cluster_id, people.c.name).where(
            people.c.library_slug == self._library_slug, people.c.name.is_not(None)
        )
        return {row.cluster_id: row.name for row in self._connection.execute(query)}

    def _report_pending(self) -> None:
        self._report.count("faces", is_new=True, number=self._mover.moved)
        parameters = {"library_slug": self._library_slug}
        rows = self._connection.execute(load_sql(_HERE, "people_seen"), parameters)
        seen = {self._said.person_of(cluster) for cluster in rows.scalars()}
        analysed = set(
            self._connection.execute(load_sql(_HERE, "contents_with_faces"), parameters).scalars()
        )
        indexed = set(
            self._connection.execute(load_sql(_HERE, "library_contents"), parameters).scalars()
        )
        contents: dict[str, set[str]] = {}
        for each in self._part.faces:
            if each.cluster_id in self._live:
                person = self._said.person_of(each.cluster_id)
                contents.setdefault(person, set()).add(each.content_hash)
        for person, films in sorted(contents.items()):
            if person in seen:
                continue
            waits_for = WaitsFor.A_FACE
            if not films <= analysed:
                waits_for = WaitsFor.FACES if films & indexed else WaitsFor.INDEXING
            self._report.wait("person", self._said.name_of(person) or person, waits_for)


def _of_other_libraries(connection: Connection, library_slug: str, part: LibraryPart) -> str | None:
    """Another library that has people of the backup; None where there is none."""
    ids = [each.cluster_id for each in part.clusters]
    query = select(people.c.library_slug).where(
        people.c.cluster_id == one_of(ids), people.c.library_slug != library_slug
    )
    return connection.execute(query.limit(1)).scalar()
