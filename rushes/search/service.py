"""Search as a person asks it: the engine answers, and Postgres where that one cannot."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from time import perf_counter
from typing import Self

from sqlalchemy import Engine

from rushes.db.reading import reading
from rushes.pipeline.context import PipelineContext
from rushes.search.asking import Asked, ask, checked
from rushes.search.composing import Compose, also_missing, by_text
from rushes.search.engine_rest import EngineRest
from rushes.search.found import Found, Question
from rushes.search.postgres_search import PostgresSearch
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.quickwit.connection import revive
from rushes.search.quickwit.errors import (
    IndexMissingError,
    QuickwitError,
    QuickwitUnavailableError,
)
from rushes.search.quickwit_repository import QuickwitSearchRepository
from rushes.search.request import Missing, Mode, SearchAnswer, SearchRequest, SearchSource
from rushes.search.snapshot import SnapshotReader

LOGGER = logging.getLogger("rushes.search")

Failed = Callable[[str], None]
"""Told the stable code of each real failure of the engine, for counting."""
Hybrid = Callable[[SearchRequest], Compose | None]
"""How a question is answered by meaning too; None where it has no words that mean anything."""


class SearchService:
    """Answers from Quickwit where the libraries have an index, from Postgres where not.

    `client` None: there is no engine, which is no failure. `on_failure` is told the code of each
    failure of the engine; `revive` is called where the engine cannot be reached at all. `hybrid`:
    opens what answers by meaning, at the first question that asks for it; None: nothing does.
    Safe to share between threads.
    """

    def __init__(
        self,
        engine: Engine,
        client: QuickwitClient | None,
        *,
        revive: Callable[[], None] | None = None,
        on_failure: Failed | None = None,
        hybrid: Callable[[], Hybrid] | None = None,
    ) -> None:
        self._engine = engine
        self._repository = None if client is None else QuickwitSearchRepository(client)
        self._postgres = PostgresSearch(engine)
        self._snapshots = SnapshotReader()
        self._rest = EngineRest()
        self._revive = revive or (lambda: None)
        self._on_failure = on_failure or (lambda _: None)
        self._by_text = by_text(engine)
        self._open_hybrid = hybrid
        self._hybrid: Hybrid | None = None
        self._lock = Lock()

    @classmethod
    def of(
        cls,
        context: PipelineContext,
        *,
        on_failure: Failed | None = None,
        on_meaning_failure: Failed | None = None,
    ) -> Self:
        """With the engine that the settings name; started where it is the embedded one.

        `on_meaning_failure` is told the code of each failure to find by meaning.
        """
        settings = context.settings

        def hybrid() -> Hybrid:
            # Most processes never ask for it, and it brings models and vectors along.
            from rushes.search.hybrid.service import HybridSearch

            return HybridSearch.of(context, on_failure=on_meaning_failure).compose

        return cls(
            context.engine,
            context.quickwit,
            revive=lambda: revive(settings),
            on_failure=on_failure,
            hybrid=hybrid,
        )

    def search(self, request: SearchRequest) -> SearchAnswer:
        """One page of scenes, the best first.

        Raises InvalidRequestError `page_out_of_bounds`, `invalid_request`, `bad_filter`,
        `empty_query`, `query_too_long` or `query_too_complex`, NotFoundError `library_not_found`
        or `video_not_found`. Never fails because of the engine, nor because of vectors.
        """
        started = perf_counter()
        checked(request)
        # Before anything is read: to load a model may take longer than what is read stays good.
        compose = self._compose(request)
        answer = self._answer(self._ask(request, in_full=self._repository is None), compose)
        return replace(answer, took_ms=(perf_counter() - started) * 1000)

    def browse(self, request: SearchRequest) -> SearchAnswer:
        """The scenes that the filters let through, whatever the text; in order of time."""
        return self.search(replace(request, text=""))

    def _compose(self, request: SearchRequest) -> Compose:
        if request.mode is Mode.TEXT:
            return self._by_text
        if self._open_hybrid is None:
            missing = Missing(what="vectors", why="Nothing here finds by meaning.")
            return also_missing(self._by_text, [missing])
        with self._lock:
            if self._hybrid is None:
                self._hybrid = self._open_hybrid()
        return self._hybrid(request) or self._by_text

    def _ask(self, request: SearchRequest, *, in_full: bool = False) -> Asked:
        with reading(self._engine) as connection:
            return ask(connection, request, self._snapshots, in_full=in_full)

    def _answer(self, asked: Asked, compose: Compose) -> SearchAnswer:
        if self._repository is None or not asked.has_indexes:
            return self._from_postgres(asked, compose, [])
        if not self._rest.may_ask():
            missing = [Missing(what="quickwit", why="It did not answer in time a moment ago.")]
            return self._from_postgres(self._ask(asked.request, in_full=True), compose, missing)
        try:
            answer = self._from_quickwit(self._repository, asked, compose)
        except (QuickwitError, ValueError) as error:
            missing = [self._failed(error)]
        else:
            self._rest.answered()
            return answer
        return self._from_postgres(self._ask(asked.request, in_full=True), compose, missing)

    def _from_quickwit(
        self, repository: QuickwitSearchRepository, asked: Asked, compose: Compose
    ) -> SearchAnswer:
        try:
            return self._asked_of(repository, asked, compose)
        except IndexMissingError:
            # Dropped since the policy was read, if the policy has changed since.
            again = self._ask(asked.request)
            if not again.has_indexes:
                return self._from_postgres(again, compose, [])
            return self._asked_of(repository, again, compose)

    def _asked_of(
        self, repository: QuickwitSearchRepository, asked: Asked, compose: Compose
    ) -> SearchAnswer:
        def find(question: Question) -> Found:
            return repository.find(question, asked.snapshot, asked.libraries)

        return compose(asked, find, SearchSource.QUICKWIT, [])

    def _from_postgres(
        self, asked: Asked, compose: Compose, missing: list[Missing]
    ) -> SearchAnswer:
        def find(question: Question) -> Found:
            return self._postgres.find(question, asked.filters)

        return compose(asked, find, SearchSource.POSTGRES, missing)

    def _failed(self, error: QuickwitError | ValueError) -> Missing:
        """Tell everybody whom it concerns. What was asked for is nobody's business."""
        code = error.code if isinstance(error, QuickwitError) else "search_engine"
        LOGGER.error(
            "the search engine failed (%s); Postgres answers in its place", code, exc_info=error
        )
        self._on_failure(code)
        if isinstance(error, QuickwitUnavailableError):
            if error.was_sent:
                self._rest.timed_out()
            else:
                self._revive()
        why = error.message if isinstance(error, QuickwitError) else "The query was not understood."
        return Missing(what="quickwit", why=f"{code}: {why}")
