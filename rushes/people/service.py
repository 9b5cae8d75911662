"""What can be said about people. Each call is one transaction: the entry and all it changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from rushes.audit import record
from rushes.errors import InvalidRequestError, NotFoundError
from rushes.library.repository import get_library
from rushes.people import log
from rushes.people.clusters import new_cluster_id
from rushes.people.listing import Person, find_person
from rushes.people.locking import lock_people
from rushes.people.log import Action, Entry
from rushes.people.options import options_of
from rushes.people.separation import FilmSpan, faces_to_separate
from rushes.people.state import follow_log
from rushes.people.undoing import entry_to_undo, no_entry

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Change:
    """An entry and the person that it is about, as it stands after it; None for an undo."""

    entry: Entry
    person: Person | None


class PeopleService:
    """Names, merges, splits and hides of people, all of them undoable.

    A person is given as a cluster id or a name, in `library` where that is given, else in all.
    Every call may raise NotFoundError `person_not_found` and InvalidRequestError
    `ambiguous_person`. `author` says in the log who it was.
    """

    def __init__(self, engine: Engine, author: str, library: str | None = None) -> None:
        self._engine = engine
        self._author = author
        self._library = library

    def name(self, person: str, name: str) -> Change:
        """Call a person `name`; an empty one takes the name away."""
        wanted = _checked_name(name)
        with self._about(person) as (connection, found):
            payload = {"cluster_id": found.cluster_id, "name": wanted}
            return self._say(connection, found, Action.NAME, payload)

    def hide(self, person: str) -> Change:
        """Leave a person out of lists, searches and jumps."""
        return self._set_hidden(person, Action.HIDE)

    def unhide(self, person: str) -> Change:
        """Show a hidden person again."""
        return self._set_hidden(person, Action.UNHIDE)

    def merge(self, into: str, others: Sequence[str]) -> Change:
        """These are one person, who keeps the id of `into`, and its name where it has one.

        InvalidRequestError `people_conflict` where somebody said that two of them are not.
        """
        with self._about(into) as (connection, found):
            ids = [
                find_person(connection, other, found.library_slug).cluster_id for other in others
            ]
            joining = [each for each in dict.fromkeys(ids) if each != found.cluster_id]
            if not joining:
                raise InvalidRequestError(
                    f"{into!r} is already one with {', '.join(map(repr, others)) or 'nobody'}",
                    remedy="name at least one other person",
                )
            payload = {"into": found.cluster_id, "others": joining}
            return self._say(connection, found, Action.MERGE, payload)

    def cannot_link(self, one: str, other: str) -> Change:
        """These are two people, whatever a re-clustering or a hasty merge would make of them."""
        with self._about(one) as (connection, found):
            second = find_person(connection, other, found.library_slug)
            if second.cluster_id == found.cluster_id:
                raise InvalidRequestError(
                    f"{one!r} and {other!r} are one person",
                    code="people_conflict",
                    remedy="split them first",
                )
            payload = {"one": found.cluster_id, "other": second.cluster_id}
            return self._say(connection, found, Action.CANNOT_LINK, payload)

    def split(
        self, person: str, *, spans: Sequence[FilmSpan] = (), artifact_ids: Sequence[str] = ()
    ) -> Change:
        """Somebody else is meant by these faces. Returns the new person.

        Given are faces by artifact id, or spans of films in which the person is seen. Raises
        InvalidRequestError `nothing_to_split` where that is none or all of the person's faces.
        """
        with self._about(person) as (connection, found):
            faces = faces_to_separate(connection, found, spans, artifact_ids)
            new = new_cluster_id()
            payload = {"cluster_id": new, "from": found.cluster_id, "artifact_ids": faces}
            return self._say(connection, found, Action.SPLIT, payload, about=new)

    def undo(self, entry_id: int | None = None) -> Change:
        """Take an entry back, the newest one that still holds where none is given.

        An undo can be undone too. Raises NotFoundError `entry_not_found`, InvalidRequestError
        `cannot_undo`, or `people_conflict` where later entries contradict what would return.
        """
        with self._engine.begin() as connection:
            library = self._library_of(connection, entry_id)
            lock_people(connection, library)
            entries = log.read_log(connection, library)
            target = entry_to_undo(entries, entry_id)
            return self._append(connection, library, Action.UNDO, {"entry_id": target.entry_id})

    @contextmanager
    def _about(self, text: str) -> Iterator[tuple[Connection, Person]]:
        with self._engine.begin() as connection:
            if self._library is not None:
                get_library(connection, self._library)
            lock_people(connection, find_person(connection, text, self._library).library_slug)
            # Again, now that nobody else can change it.
            yield connection, find_person(connection, text, self._library)

    def _set_hidden(self, person: str, action: Action) -> Change:
        with self._about(person) as (connection, found):
            payload = {"cluster_id": found.cluster_id}
            return self._say(connection, found, action, payload)

    def _say(
        self,
        connection: Connection,
        person: Person,
        action: Action,
        payload: dict[str, Any],
        about: str | None = None,
    ) -> Change:
        change = self._append(connection, person.library_slug, action, payload)
        subject = find_person(connection, about or person.cluster_id, person.library_slug)
        return Change(change.entry, subject)

    def _append(
        self, connection: Connection, library: str, action: Action, payload: dict[str, Any]
    ) -> Change:
        entry = log.append(connection, library, action, payload, self._author)
        record(connection, self._author, f"people.{action}", library, {"entry_id": entry.entry_id})
        options = options_of(get_library(connection, library).settings)
        said = follow_log(connection, library, options.exemplars_kept)
        if conflicts := said.conflicts():
            raise _conflict(connection, conflicts[0])
        return Change(entry, None)

    def _library_of(self, connection: Connection, entry_id: int | None) -> str:
        if entry_id is None and self._library is not None:
            return get_library(connection, self._library).slug
        if entry_id is None:
            library = log.library_of_newest(connection)
        else:
            library = log.library_of_entry(connection, entry_id)
        if library is None or self._library not in (None, library):
            raise _empty_log() if entry_id is None else no_entry(entry_id)
        return library


def _checked_name(name: str) -> str | None:
    wanted = " ".join(name.split())
    if len(wanted) > LONGEST_NAME or not wanted.isprintable():
        raise InvalidRequestError(
            f"{name[:LONGEST_NAME]!r} cannot be a name",
            remedy=f"use up to {LONGEST_NAME} printable characters",
        )
    return wanted or None


def _empty_log() -> NotFoundError:
    return NotFoundError("the people log is empty", code="entry_not_found")


def _conflict(connection: Connection, pair: tuple[str, str]) -> InvalidRequestError:
    one, other = (find_person(connection, each) for each in pair)
    return InvalidRequestError(
        f"{pair[0]} and {pair[1]} were said to be two people and would become one"
        + (f", {one.name!r}" if one.name and one == other else ""),
        code="people_conflict",
        remedy="undo the entry that parts them first: rushes people log shows it",
    )
