"""Who is in the films: people with the stretches of film that show them, by the selected runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, FromClause, Select, func, select

from rushes.artifacts.selection import selected_runs
from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType
from rushes.db.people_tables import face_assignments, people
from rushes.db.tables import artifacts, asset, runs
from rushes.errors import InvalidRequestError, NotFoundError

_TOUCHING_MS = 50
"""Sampled spans touch; rounding may leave a little between them."""
_SHOWN_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A stretch of one film in which a person is seen in every sampled frame."""

    asset_id: str
    path: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Person:
    """A person of one library after all merges. `cluster_id` is opaque and stays."""

    cluster_id: str
    library_slug: str
    name: str | None
    hidden: bool


@dataclass(frozen=True, slots=True)
class SeenPerson:
    """A person with all occurrences, by film and time; `faces` are the faces behind them."""

    person: Person
    faces: int
    occurrences: tuple[Occurrence, ...]

    @property
    def shown_ms(self) -> int:
        """How long the person is to be seen."""
        return sum(each.end_ms - each.start_ms for each in self.occurrences)


def list_people(
    connection: Connection,
    library_slug: str | None = None,
    *,
    include_hidden: bool = False,
    stored: bool = False,
) -> list[SeenPerson]:
    """Everybody that the selected runs show: the named by name, then the others, longest first.

    With `stored` everybody whose vectors are kept, by whichever run: what an erasure may be about.
    """
    query = _faces(include_hidden=include_hidden, stored=stored)
    if library_slug is not None:
        query = query.where(people.c.library_slug == library_slug)
    seen = _seen(connection, query)
    return sorted(
        seen,
        key=lambda each: (
            each.person.name is None,
            (each.person.name or "").casefold(),
            -each.shown_ms,
            each.person.cluster_id,
        ),
    )


def seen_person(connection: Connection, person: Person) -> SeenPerson:
    """One person, hidden or not; by older runs where the selected ones show nothing."""
    for stored in (False, True):
        faces = _faces(include_hidden=True, stored=stored)
        found = _seen(connection, faces.where(people.c.effective_id == person.cluster_id))
        if found:
            return found[0]
    return SeenPerson(person, 0, ())


def members_of(connection: Connection, person: Person) -> list[str]:
    """The clusters that are this person, its own first, then in the order of their founding."""
    query = (
        select(people.c.cluster_id)
        .where(people.c.effective_id == person.cluster_id)
        .order_by(people.c.cluster_id != person.cluster_id, people.c.created_at)
    )
    return list(connection.execute(query).scalars())


def find_person(connection: Connection, text: str, library_slug: str | None = None) -> Person:
    """Who is meant by a cluster id or a name, whatever its case.

    Raises NotFoundError `person_not_found`, or InvalidRequestError `ambiguous_person` naming the
    candidates.
    """
    by_id = _people().where(people.c.cluster_id == text)
    by_name = (
        _people()
        .where(people.c.cluster_id == people.c.effective_id)
        .where(func.lower(people.c.name) == text.lower())
        .order_by(people.c.library_slug, people.c.cluster_id)
    )
    for query in (by_id, by_name):
        if library_slug is not None:
            query = query.where(people.c.library_slug == library_slug)
        found = [Person(*row) for row in connection.execute(query)] if "\0" not in text else []
        if len(found) > 1:
            raise _ambiguous(text, found)
        if found:
            return found[0]
    where = "" if library_slug is None else f" in library {library_slug!r}"
    raise NotFoundError(
        f"there is nobody called {text!r}{where}",
        code="person_not_found",
        remedy="rushes people list shows names and ids",
    )


def _people() -> Select[Any]:
    return select(people.c.effective_id, people.c.library_slug, people.c.name, people.c.hidden)


def _faces(*, include_hidden: bool, stored: bool = False) -> Select[Any]:
    """The faces that belong to somebody, of the selected or all runs, by person, film and time."""
    chosen: FromClause = selected_runs(stages=[STAGE_OF_TYPE[ArtifactType.FACE_DETECTION]])
    chosen = runs if stored else chosen
    faces = face_assignments
    query: Select[Any] = (
        select(
            people.c.effective_id,
            people.c.library_slug,
            people.c.name,
            people.c.hidden,
            asset.c.asset_id,
            asset.c.path,
            artifacts.c.span_start_ms,
            artifacts.c.span_end_ms,
        )
        .join(faces, people.c.cluster_id == func.coalesce(faces.c.split_id, faces.c.cluster_id))
        .join(chosen, chosen.c.run_id == faces.c.run_id)
        .join(artifacts, artifacts.c.artifact_id == faces.c.artifact_id)
        .join(asset, asset.c.asset_id == faces.c.asset_id)
        .order_by(people.c.effective_id, asset.c.path, asset.c.asset_id, artifacts.c.span_start_ms)
    )
    return query if include_hidden else query.where(~people.c.hidden)


def _seen(connection: Connection, query: Select[Any]) -> list[SeenPerson]:
    spans: dict[Person, list[Occurrence]] = {}
    for row in connection.execute(query):
        person = Person(row.effective_id, row.library_slug, row.name, row.hidden)
        span = Occurrence(row.asset_id, row.path, row.span_start_ms, row.span_end_ms)
        spans.setdefault(person, []).append(span)
    return [SeenPerson(person, len(each), tuple(joined(each))) for person, each in spans.items()]


def joined(spans: Iterable[Occurrence]) -> list[Occurrence]:
    """Spans in order of film and start, those that touch made one."""
    found: list[Occurrence] = []
    for span in spans:
        last = found[-1] if found else None
        if (
            last is not None
            and last.asset_id == span.asset_id
            and span.start_ms <= last.end_ms + _TOUCHING_MS
        ):
            end_ms = max(last.end_ms, span.end_ms)
            found[-1] = Occurrence(last.asset_id, last.path, last.start_ms, end_ms)
        else:
            found.append(span)
    return found


def _ambiguous(text: str, found: list[Person]) -> InvalidRequestError:
    shown = [f"{each.cluster_id} in {each.library_slug}" for each in found[:_SHOWN_CANDIDATES]]
    more = len(found) - len(shown)
    listed = "; ".join(shown) + (f"; and {more} more" if more else "")
    return InvalidRequestError(
        f"{text!r} may be any of: {listed}",
        code="ambiguous_person",
        remedy="give the id, or merge them if they are one",
    )
