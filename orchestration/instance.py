"""Dagster's instance for work in this process, its connections kept open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import dagster as dg

from orchestration.home import prepare_home
from rushes.settings import Settings

_STATEMENT_TIMEOUT_MS: Final = 600_000
_RECYCLE_SECONDS: Final = 30
"""So that a server that was started anew is met with a new connection."""

_MAX_OVERFLOW: Final = 8
_POOL_LIMITS: Final = {"index-writer": 1, "vector-builder": 1}


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance of the data directory's home.

    Dagster opens a connection for each query, about forty a film, which takes longer than the
    queries do. What its web server does against that serves here too.
    """
    prepare_home(settings)
    with dg.DagsterInstance.get() as instance:
        instance.optimize_for_webserver(_STATEMENT_TIMEOUT_MS, _RECYCLE_SECONDS, _MAX_OVERFLOW)
        yield instance


def limit_pools(instance: dg.DagsterInstance) -> None:
    """Pools that are narrower than the default of `dagster.yaml`, which cannot say so itself."""
    for pool, limit in _POOL_LIMITS.items():
        instance.event_log_storage.set_concurrency_slots(pool, limit)
