"""What is under way between Postgres and the index: films from their claim to the end."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from rushes.search.sync.ledger import Publication
from rushes.search.sync.progress import Progress
from rushes.search.sync.queue import Claim


@dataclass(slots=True)
class Film:
    """A claimed film. `pending`: its revs that are sent and not live yet.

    `deadline`: by the worker's monotonic clock, in seconds; set when it was accepted.
    """

    claim: Claim
    deadline: float = math.inf
    pending: dict[int, Publication] = field(default_factory=dict)
    gone: list[tuple[str, str]] = field(default_factory=list)
    """(index, film) that is retired when the rest becomes live, so that it is never nowhere."""
    is_lost: bool = False
    """Something of it has to be done again; its rows stay in the queue."""
    is_failed: bool = False
    """Something of it was refused; what was live of it before stays."""

    @property
    def documents(self) -> int:
        """How many documents are under way."""
        return sum(each.doc_count for each in self.pending.values())


@dataclass(slots=True)
class Batch:
    """Films that are claimed and have their pending revs, on the way to be sent."""

    films: list[Film]
    lines: dict[str, dict[int, list[bytes]]]
    """Index -> rev -> its documents."""
    progress: Progress


class Flight:
    """All films under way, with their revs by index."""

    def __init__(self) -> None:
        self._films: dict[str, Film] = {}

    def __len__(self) -> int:
        return len(self._films)

    @property
    def documents(self) -> int:
        """How many documents are under way."""
        return sum(film.documents for film in self._films.values())

    def add(self, films: Iterable[Film]) -> None:
        """Take off."""
        self._films.update({film.claim.asset_id: film for film in films})

    def films_of(self, revs: Iterable[int]) -> Iterator[tuple[int, Film]]:
        """The films that these revs are pending of."""
        wanted = set(revs)
        for film in self._films.values():
            for rev in wanted & film.pending.keys():
                yield rev, film

    def complete(self, counts: Mapping[int, int]) -> list[Film]:
        """Films of which all that is pending is searchable: rev -> documents found."""
        return [
            film
            for film in self._films.values()
            if film.pending
            and all(counts.get(rev) == each.doc_count for rev, each in film.pending.items())
        ]

    def landed(self) -> list[Film]:
        """Films of which nothing is under way any more."""
        return [film for film in self._films.values() if not film.pending]

    def overdue(self, now: float) -> list[Film]:
        """Films that should have been searchable by now."""
        return [film for film in self._films.values() if film.pending and film.deadline <= now]

    def revs(self) -> dict[str, dict[int, Publication]]:
        """Index -> rev -> what was sent under it."""
        found: dict[str, dict[int, Publication]] = {}
        for film in self._films.values():
            for rev, publication in film.pending.items():
                found.setdefault(publication.index_name, {})[rev] = publication
        return found

    def remove(self, films: Iterable[Film]) -> None:
        """They are done, or given up."""
        for film in films:
            self._films.pop(film.claim.asset_id, None)
