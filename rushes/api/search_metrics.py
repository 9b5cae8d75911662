"""How the search index stands, for Prometheus: read from Postgres when it is asked for."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from rushes.search.sync.status import OutboxStatus, outbox_status

_PREFIX = "rushes_search_"
_PATIENCE = text("set local statement_timeout = '2s'")
_log = logging.getLogger("rushes.api")


class SearchCollector(Collector):
    """Gauges of the outbox; while Postgres is away only `rushes_search_status_readable`, as 0."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand, so that making the application asks no database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """One statement a scrape; never raises for the database."""
        try:
            with self._engine.begin() as connection:
                connection.execute(_PATIENCE)
                status = outbox_status(connection)
        except SQLAlchemyError as error:
            _log.warning("no numbers of the search index: %s", type(error).__name__)
            return [_readable(0)]
        return [_readable(1), *_gauges(status)]


def _readable(value: int) -> Metric:
    return _gauge("status_readable", "whether the numbers of the search index could be read", value)


def _gauges(status: OutboxStatus) -> Iterable[Metric]:
    yield _gauge("queue_rows", "changes that wait to be published", status.queue_rows)
    yield _gauge(
        "queue_oldest_seconds", "how long the oldest of them waits", status.oldest_seconds or 0
    )
    yield _gauge("claimed_films", "films that a worker has in hand", status.claims)
    yield _gauge("dead_failures", "films that were given up", status.dead_failures)
    yield _gauge("waiting_failures", "films that are tried again", status.waiting_failures)
    yield _gauge("unpurged_revs", "publications that readers leave out", status.unpurged_revs)
    yield _gauge("pending_revs", "publications on their way", status.pending_revs)
    yield _gauge("queue_dead_rows", "rows of the queue to be cleaned", status.queue_dead_rows)
    yield _gauge(
        "oldest_xmin_age", "transactions since the oldest snapshot", status.oldest_xmin_age
    )
    yield _gauge(
        "oldest_transaction_seconds",
        "age of the oldest transaction with a snapshot",
        status.oldest_transaction_seconds,
    )
    if status.drift is not None and status.reconciled_at is not None:
        yield _gauge("drift", "what the last comparison with Postgres found", status.drift)
        yield _gauge(
            "reconciled_timestamp_seconds", "when that was", status.reconciled_at.timestamp()
        )


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(_PREFIX + name, text, value=value)
