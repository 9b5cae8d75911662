"""The drain loop from Postgres to the index.

A film is claimed, read, given a new rev, sent, and counts once the index shows all documents of
that rev. Between any two steps the process may die: what it held is then void, its pending revs are
retired by the next worker, and the rows of the queue are still there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine

from rushes.artifacts.runs import Worker
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.quickwit.errors import QuickwitError
from rushes.search.sync import failures, ledger
from rushes.search.sync.failures import Failure
from rushes.search.sync.flight import Batch, Film, Flight
from rushes.search.sync.limits import (
    BATCH_DOCUMENTS,
    CLAIMED_FILMS,
    CLAIMED_ROWS,
    FILMS_A_QUERY,
    SEARCHABLE_SECONDS,
)
from rushes.search.sync.planning import Plan, make_plan
from rushes.search.sync.progress import Progress
from rushes.search.sync.queue import Claim, SearchSyncQueueRepository
from rushes.search.sync.searchable import searchable_counts
from rushes.search.sync.sending import Outcome, send


class SearchSyncWorker:
    """One worker; several may work at a time, never on one film. Close it when it is done.

    `clock` is the time of day for what is kept, `monotonic` in seconds for deadlines. After an
    error of the database make a new one.
    """

    def __init__(
        self,
        engine: Engine,
        client: QuickwitClient,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        films: int = CLAIMED_FILMS,
        searchable_seconds: float = SEARCHABLE_SECONDS,
    ) -> None:
        self._engine = engine
        self._client = client
        self._clock = clock
        self._monotonic = monotonic
        self._films = films
        self._searchable_seconds = searchable_seconds
        self._queue = SearchSyncQueueRepository()
        self._worker = Worker(engine)
        self._flight = Flight()
        self._known_fields: dict[str, frozenset[str]] = {}

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return len(self._flight) > 0

    @property
    def has_room(self) -> bool:
        """Whether another batch may take off before these have landed."""
        return self._flight.documents < BATCH_DOCUMENTS

    @property
    def leaves_some_to_others(self) -> bool:
        """Whether something waits that another worker has in its hands."""
        with self._engine.connect() as connection:
            return not self._queue.is_empty(connection)

    def close(self) -> None:
        """Let go; what is still under way is taken up by the next worker."""
        self._worker.close()

    def begin(self) -> Batch | None:
        """Claim what waits and give it pending revs. None where nothing waits."""
        self._live_on()
        self.recover()
        now = self._clock()
        with self._engine.begin() as connection:
            failures.enqueue_due(connection, now)
            claims = self._queue.claim(connection, self._worker.key, CLAIMED_ROWS, self._films)
        if not claims:
            return None
        claims, plan = self._plan(claims)
        with self._engine.begin() as connection:
            serial = ledger.locked_serial(connection)
            now = self._clock()
            held = self._queue.held(connection, self._worker.key)
            plan.keep(held)
            ledger.retire(connection, serial, now, plan.retired_at_once)
            revs = ledger.begin(connection, plan.publications)
            failures.forget_pointless(connection, held)
            failures.record(connection, now, plan.failures)
            failures.clear(connection, [*plan.gone, *plan.unchanged])
        return self._batch([claim for claim in claims if claim.asset_id in held], plan, revs)

    def _plan(self, claims: Sequence[Claim]) -> tuple[list[Claim], Plan]:
        """Of as many films as make a batch; the others are let go."""
        plan, done = Plan(), 0
        while done < len(claims) and plan.document_count < BATCH_DOCUMENTS:
            part = claims[done : done + FILMS_A_QUERY]
            plan.add(make_plan(self._engine, [claim.asset_id for claim in part]))
            done += len(part)
        if rest := [claim.asset_id for claim in claims[done:]]:
            with self._engine.begin() as connection:
                self._queue.release(connection, self._worker.key, rest)
        return list(claims[:done]), plan

    def send(self, batch: Batch) -> Progress:
        """Send the documents. What was not accepted for sure is given up at once.

        Raises the client's error where the engine is away; what it took stays under way.
        """
        return self.accept(batch, self.transmit(batch))

    def transmit(self, batch: Batch) -> dict[str, Outcome]:
        """The sending alone, index by index: in whichever thread, beside the making of others."""
        return {index: send(self._client, index, lines) for index, lines in batch.lines.items()}

    def accept(self, batch: Batch, outcomes: Mapping[str, Outcome]) -> Progress:
        """What follows from the sending; see `send`."""
        for film in batch.films:
            film.deadline = self._monotonic() + self._searchable_seconds
        self._flight.add(batch.films)
        progress = batch.progress
        for index, outcome in outcomes.items():
            self._fail(index, outcome.refused, progress)
            self._give_up(outcome.unknown, was_sent=True)
            self._give_up(outcome.unsent, was_sent=False)
        self._finish()
        for outcome in outcomes.values():
            if outcome.error is not None:
                raise outcome.error
        return progress

    def settle(self) -> Progress:
        """Make live what is searchable now; give up what is overdue; end what is done.

        Raises the client's error where the engine is away: then only what is overdue is given up.
        """
        progress, error = Progress(), None
        counts: dict[int, int] = {}
        for index, sent in self._flight.revs().items():
            try:
                counts |= searchable_counts(self._client, index, list(sent))
            except QuickwitError as failed:
                error = failed
            else:
                self._give_up(
                    {rev for rev, each in sent.items() if counts.get(rev, 0) > each.doc_count},
                    was_sent=True,
                )
        self._make_live(self._flight.complete(counts), progress)
        for film in self._flight.overdue(self._monotonic()):
            self._give_up(list(film.pending), was_sent=True)
        self._finish()
        if error is not None:
            raise error
        return progress

    def _live_on(self) -> None:
        """As another worker, where Postgres took this one for dead: all its claims are void."""
        if not self._worker.is_alive:
            self._worker.close()
            self._worker, self._flight = Worker(self._engine), Flight()

    def recover(self) -> None:
        """Void what dead workers held: nobody knows what became of their pending revs."""
        with self._engine.begin() as connection:
            films = self._queue.void_dead_claims(connection)
            if films:
                ledger.locked_serial(connection)
                revs = ledger.pending_of(connection, films)
                ledger.drop_pending(connection, self._clock(), revs, was_sent=True)

    def _batch(self, claims: Sequence[Claim], plan: Plan, revs: Sequence[int]) -> Batch:
        films = {claim.asset_id: Film(claim) for claim in claims}
        lines: dict[str, dict[int, list[bytes]]] = {}
        for rev, each in zip(revs, plan.publications, strict=True):
            films[each.asset_id].pending[rev] = each
            known = self._fields_of(each.index_name)
            lines.setdefault(each.index_name, {})[rev] = [
                document.line(rev, each.index_name, known)
                for document in plan.documents[each.asset_id]
            ]
        for key in plan.gone:
            films[key[1]].gone.append(key)
        progress = Progress(
            unchanged=sorted({asset_id for _, asset_id in plan.unchanged}),
            removed=sorted({asset_id for _, asset_id in plan.gone}),
            failed=plan.failures,
        )
        return Batch(list(films.values()), lines, progress)

    def _fields_of(self, index: str) -> frozenset[str]:
        if index not in self._known_fields:
            with self._engine.connect() as connection:
                self._known_fields[index] = ledger.fields_of(connection, index)
        return self._known_fields[index]

    def _make_live(self, films: Sequence[Film], progress: Progress) -> None:
        """All of a film at once, in whichever indexes, so that it is never in two or in none."""
        if not films:
            return
        published = [each for film in films for each in film.pending.items()]
        with self._engine.begin() as connection:
            serial = ledger.locked_serial(connection)
            now = self._clock()
            live = ledger.make_live(connection, serial, now, self._worker.key, published)
            rest = [rev for rev, _ in published if rev not in live]  # of a film that is gone, say
            ledger.drop_pending(connection, now, rest, was_sent=True)
            well = [film for film in films if not film.is_failed and film.pending.keys() <= live]
            ledger.retire(connection, serial, now, [key for film in well for key in film.gone])
            failures.clear(
                connection,
                [(each.index_name, each.asset_id) for rev, each in published if rev in live],
            )
        for film in films:
            film.is_lost |= not film.pending.keys() <= live
            for rev, each in film.pending.items():
                if rev in live:
                    progress.published[each.asset_id] = each.doc_count
            film.pending.clear()

    def _fail(self, index: str, refused: Mapping[int, str], progress: Progress) -> None:
        """What the engine does not take, however often it is sent."""
        if not refused:
            return
        sent = self._flight.revs()[index]
        failed = [
            Failure(index, sent[rev].asset_id, "search_document_refused", reason, True)
            for rev, reason in refused.items()
        ]
        with self._engine.begin() as connection:
            ledger.locked_serial(connection)
            ledger.drop_pending(connection, self._clock(), list(refused), was_sent=True)
            failures.record(connection, self._clock(), failed)
        for rev, film in self._flight.films_of(refused):
            del film.pending[rev]
            film.is_failed = True
        progress.failed += failed

    def _give_up(self, revs: Collection[int], *, was_sent: bool) -> None:
        """These never count, nor what else is under way of their films: all is done again."""
        if not revs:
            return
        films = {id(film): film for _, film in self._flight.films_of(revs)}.values()
        others = {rev for film in films for rev in film.pending} - set(revs)
        with self._engine.begin() as connection:
            ledger.locked_serial(connection)
            now = self._clock()
            ledger.drop_pending(connection, now, list(revs), was_sent=was_sent)
            ledger.drop_pending(connection, now, list(others), was_sent=True)
        for film in films:
            film.pending.clear()
            film.is_lost = True

    def _finish(self) -> None:
        """End films of which nothing is under way; of lost ones the rows stay in the queue."""
        landed: Iterable[Film] = self._flight.landed()
        done = [film.claim for film in landed if not film.is_lost]
        lost = [film.claim.asset_id for film in landed if film.is_lost]
        if done or lost:
            with self._engine.begin() as connection:
                self._queue.finish(connection, self._worker.key, done)
                self._queue.release(connection, self._worker.key, lost)
        self._flight.remove(landed)
