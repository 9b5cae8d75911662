"""Draining the queue: the one loop behind the Dagster asset, `up` and the command line."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from rushes.search.generations.advancing import advance
from rushes.search.generations.ensuring import ensure_generations
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.quickwit.errors import IndexMissingError, QuickwitError
from rushes.search.sync.flight import Batch
from rushes.search.sync.progress import Progress
from rushes.search.sync.purge import purge
from rushes.search.sync.reconcile import guard_indexes
from rushes.search.sync.sending import Outcome
from rushes.search.sync.worker import SearchSyncWorker

_POLL_SECONDS = 0.1
_LONGEST_POLL_SECONDS = 1.0
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 30.0
_ADVANCE_SECONDS = 30.0
_PURGE_SECONDS = 300.0

_log = logging.getLogger("rushes.search")


@dataclass(frozen=True, slots=True)
class DrainLimits:
    """When to end, in seconds. None: never for that reason.

    `idle`: nothing to do for so long (0: as soon as nothing waits). `away`: the engine did not
    answer for so long; its last error is then raised.
    """

    idle: float | None = 0.0
    longest: float | None = None
    away: float | None = 60.0


def drain(
    engine: Engine,
    client: QuickwitClient,
    limits: DrainLimits,
    *,
    stop: Callable[[], bool] = lambda: False,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Progress]:
    """Publish what waits until a limit is reached; yields after each step that did something.

    What is under way when it ends is taken up by the next one. Before it ends, an index that is
    complete by then takes over. Raises the client's errors, and those of the database.
    """
    loop = _Loop(limits, sleep)
    with (
        closing(SearchSyncWorker(engine, client)) as worker,
        ThreadPoolExecutor(1, "search-sync") as sender,
    ):
        pipe = _Pipe(worker, sender)
        is_prepared = False
        while not (stop() or loop.is_over):
            try:
                if not loop.is_away or client.is_ready():
                    if not is_prepared:
                        _prepare(engine, client)
                        is_prepared = True
                    yield from _step(worker, pipe, loop)
                    _keep_house(engine, client, loop)
                else:
                    loop.still_away()
            except QuickwitError as error:
                is_prepared = is_prepared and not isinstance(error, IndexMissingError)
                client.revive()
                loop.engine_failed(error)
        if is_prepared and loop.owes_advance:
            _advance_at_last(engine, client)


def _advance_at_last(engine: Engine, client: QuickwitClient) -> None:
    """Who wanted no more than some films to be published is not told of an engine that is away."""
    try:
        advance(engine, client, datetime.now(UTC))
    except QuickwitError as error:
        _log.warning("whether a new index may take over is left to the next sync: %s", error)


def _prepare(engine: Engine, client: QuickwitClient) -> None:
    now = datetime.now(UTC)
    ensure_generations(engine, client, now)
    if odd := guard_indexes(engine, client, now):
        _log.warning("not as the ledger says, compared and mended: %s", ", ".join(odd))


def _keep_house(engine: Engine, client: QuickwitClient, loop: _Loop) -> None:
    """What is to be done now and then, whatever else there is to do."""
    if loop.is_due("advance", _ADVANCE_SECONDS) or (loop.is_quiet and loop.owes_advance):
        advance(engine, client, datetime.now(UTC))
        loop.owes_advance = False
    if loop.is_due("purge", _PURGE_SECONDS):
        purge(engine, client, datetime.now(UTC))


def _step(worker: SearchSyncWorker, pipe: _Pipe, loop: _Loop) -> Iterator[Progress]:
    """Begin a batch where there is room, and look what became of those under way."""
    batch = worker.begin() if worker.has_room else None
    if pipe.is_sending or batch is not None:
        sent = pipe.put(batch)
        loop.worked()
        if sent is not None:
            loop.engine_answered()
            if not sent.is_empty:
                yield sent
    elif not worker.is_busy:
        if worker.leaves_some_to_others:
            loop.wait()
        else:
            loop.idle()
    if worker.is_busy:
        settled = worker.settle()
        loop.engine_answered()
        if not settled.is_empty:
            yield settled
            loop.worked()
        elif batch is None and not pipe.is_sending:
            loop.wait()


class _Pipe:
    """One batch is on its way to the engine while the next is made."""

    def __init__(self, worker: SearchSyncWorker, sender: Executor) -> None:
        self._worker = worker
        self._sender = sender
        self._sending: tuple[Batch, Future[dict[str, Outcome]]] | None = None

    @property
    def is_sending(self) -> bool:
        return self._sending is not None

    def put(self, batch: Batch | None) -> Progress | None:
        """Wait for the one before, then send this one. Returns what became of the one before.

        Raises the client's errors; what was put in is on its way all the same.
        """
        before = self._sending
        outcomes = None if before is None else before[1].result()
        self._sending = None
        if batch is not None:
            self._sending = batch, self._sender.submit(self._worker.transmit, batch)
        if before is None or outcomes is None:
            return None
        return self._worker.accept(before[0], outcomes)


class _Loop:
    """Times of one drain."""

    def __init__(self, limits: DrainLimits, sleep: Callable[[float], None]) -> None:
        self._limits = limits
        self._sleep = sleep
        self._began = self._worked_at = self._answered_at = time.monotonic()
        self._poll, self._wait = _POLL_SECONDS, _FIRST_WAIT_SECONDS
        self._is_idle = False
        self._done_at: dict[str, float] = {}
        self._away_because: QuickwitError | None = None
        self.owes_advance = True
        """Whether something was done since it was looked whether a new index may take over."""

    @property
    def is_away(self) -> bool:
        """Whether the engine failed the last time. Then nothing is claimed before it is back."""
        return self._away_because is not None

    def is_due(self, work: str, every_seconds: float) -> bool:
        """Whether work is to be done again; the first time once nothing waits, or after as long."""
        now, last = time.monotonic(), self._done_at.get(work)
        is_due = now - (self._began if last is None else last) >= every_seconds
        if not is_due and (last is not None or not self._is_idle):
            return False
        self._done_at[work] = now
        return True

    @property
    def is_over(self) -> bool:
        now, limits = time.monotonic(), self._limits
        if limits.longest is not None and now - self._began >= limits.longest:
            return True
        return self.is_quiet and not self.owes_advance

    @property
    def is_quiet(self) -> bool:
        """Whether nothing was to be done for so long that it ends."""
        idle = self._limits.idle
        return self._is_idle and idle is not None and time.monotonic() - self._worked_at >= idle

    def worked(self) -> None:
        self._worked_at, self._is_idle, self.owes_advance = time.monotonic(), False, True
        self._poll = _POLL_SECONDS

    def wait(self) -> None:
        """For what is under way: often at first, then less so."""
        self._is_idle = False
        self._sleep(self._poll)
        self._poll = min(self._poll * 1.5, _LONGEST_POLL_SECONDS)

    def idle(self) -> None:
        """Nothing waits and nothing is under way."""
        self._is_idle, self._away_because = True, None
        if not self.is_quiet:
            self._sleep(_POLL_SECONDS)

    def engine_answered(self) -> None:
        self._answered_at, self._wait = time.monotonic(), _FIRST_WAIT_SECONDS
        self._away_because = None

    def engine_failed(self, error: QuickwitError) -> None:
        """Wait longer each time; raise after too long."""
        away = self._limits.away
        if away is not None and time.monotonic() - self._answered_at >= away:
            raise error
        if not self.is_away:
            _log.warning("the search engine does not take documents: %s; trying again", error)
        self._away_because = error
        self._sleep(self._wait)
        self._wait = min(self._wait * 2, _LONGEST_WAIT_SECONDS)

    def still_away(self) -> None:
        """It is not ready either."""
        assert self._away_because is not None
        self.engine_failed(self._away_because)
