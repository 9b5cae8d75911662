"""Libraries with a few films, their indexes, and what a reader of each library finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text

from rushes.db.reading import reading
from rushes.search.documents import build_documents
from rushes.search.generations.advancing import AdvanceReport, advance
from rushes.search.generations.comparing import reading_expression
from rushes.search.generations.ensuring import EnsureReport, ensure_generations
from rushes.search.generations.index_generations import (
    IndexGeneration,
    IndexGenerationRepository,
)
from rushes.search.generations.policies import LibraryModelPolicy, LibraryModelPolicyRepository
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.request import SearchAnswer, SearchRequest
from rushes.search.service import SearchService
from rushes.search.sync.worker import SearchSyncWorker
from tests.integration.indexed_films import IndexedFilms, segment
from tests.integration.search.generations.local_node import LocalNode

_ALL = 1_000
_MOST_STEPS = 50


@dataclass
class Archive:
    """`now` is the time of day for everything that is asked of it."""

    engine: Engine
    films: IndexedFilms
    node: LocalNode
    client: QuickwitClient
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def add(self, library: str, said: str = "a dog barks") -> str:
        """A film in which that is said."""
        film = self.films.film(library=library)
        self.say(film, said)
        return film

    def say(self, film: str, said: str) -> None:
        """A new analysis: that is said in it now."""
        self.films.run(film, [segment(said)])

    def delete(self, film: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text("delete from asset where asset_id = :film"), {"film": film})

    def ensure(self) -> EnsureReport:
        return ensure_generations(self.engine, self.client, self.now)

    def advance(self) -> AdvanceReport:
        return advance(self.engine, self.client, self.now)

    def search(self, said: str) -> SearchAnswer:
        """What a person is answered who asks for that in all libraries."""
        request = SearchRequest(said, limit=_ALL, loosen=False)
        return SearchService(self.engine, self.client).search(request)

    def searched(self, said: str) -> list[str]:
        """The films of that answer."""
        return sorted({hit.asset_id for hit in self.search(said).hits})

    def films_of(self, *libraries: str) -> list[str]:
        """The ids of their films."""
        with self.engine.connect() as connection:
            query = text(
                "select asset_id from asset where library_slug = any(:of) order by asset_id"
            )
            return list(connection.execute(query, {"of": list(libraries)}).scalars())

    def sync(self) -> None:
        """Until nothing waits."""
        worker = SearchSyncWorker(self.engine, self.client)
        try:
            for _ in range(_MOST_STEPS):
                batch = worker.begin()
                if batch is None and not worker.is_busy:
                    return
                if batch is not None:
                    worker.send(batch)
                worker.settle()
        finally:
            worker.close()
        raise AssertionError("the queue does not become empty")

    def later(self, **passed: float) -> None:
        """Let time pass."""
        self.now += timedelta(**passed)

    def policy(self, library: str) -> LibraryModelPolicy:
        with self.engine.connect() as connection:
            (found,) = LibraryModelPolicyRepository().of(connection, [library])
        return found

    def generations(self) -> dict[str, IndexGeneration]:
        with self.engine.connect() as connection:
            return {each.name: each for each in IndexGenerationRepository().all(connection)}

    def waiting(self) -> int:
        """Films in the queue."""
        with self.engine.connect() as connection:
            query = text("select count(distinct asset_id) from search_sync_queue")
            return int(connection.execute(query).scalar_one())

    def found(self, library: str, said: str | None = None) -> list[str]:
        """Ids of the documents that a reader of the library finds, sorted; doubled ones twice."""
        with self.engine.connect() as connection:
            index, max_rev, excluded = connection.execute(
                text(
                    "select active_index_name, max_rev, array(select rev from search_revs"
                    " where state in ('pending', 'retired')) from library_model_policy,"
                    " search_ledger_serial where library_slug = :library"
                ),
                {"library": library},
            ).one()
        word = f' +text:"{said}"' if said else ""
        answer = self.client.search(
            [index],
            query=f'+{reading_expression(max_rev, excluded)} +library_slug:"{library}"{word}',
            search_fields=["doc_id"],
            max_hits=_ALL,
        )
        return sorted(hit["doc_id"] for hit in answer.hits)

    def wanted(self, library: str) -> list[str]:
        """Ids of the documents that Postgres has, sorted."""
        with reading(self.engine) as connection:
            query = text("select asset_id from asset where library_slug = :library")
            ids: Sequence[str] = list(connection.execute(query, {"library": library}).scalars())
            made = build_documents(connection, ids)
        return sorted(each.doc_id for of_film in made.values() for each in of_film)
