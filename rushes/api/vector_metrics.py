"""How the vector indexes of this process stand, for Prometheus. What is not open has no numbers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from rushes.db.vector_tables import vector_index_events
from rushes.vectors.events import IndexEvent
from rushes.vectors.live.view import View

_PREFIX: Final = "rushes_vectors_"
_LABELS: Final = ("space",)
"""Spaces are as many as models, so that the label is bounded."""
_PATIENCE: Final = text("set local statement_timeout = '2s'")
_RECENTLY: Final = timedelta(days=1)
_FAULTS: Final = (IndexEvent.DAMAGED.value, IndexEvent.FAILED.value)
_log = logging.getLogger("rushes.api")

OpenViews = Callable[[], Sequence[View]]


class VectorCollector(Collector):
    """Gauges of each open index. `views`: those of the indexes that are open now."""

    def __init__(self, engine: Engine, views: OpenViews) -> None:
        self._engine = engine
        self._views = views

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand, so that making the application opens nothing."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Of the views as they are, and one statement; never raises for the database."""
        views = self._views()
        yield _of_views("searchable", "vectors that are found", views, lambda each: each.count)
        yield _of_views("delta", "vectors beside files", views, lambda each: each.delta.live)
        yield _of_views("tombstones", "deleted ones in files", views, lambda each: each.tombstones)
        yield _of_views("in_files", "vectors in files, deleted ones too", views, _in_files)
        yield _of_views("applied_seq", "newest change seen", views, lambda each: each.applied_seq)
        yield self._faults()

    def _faults(self) -> Metric:
        family = _family("recent_faults", "damages and failures of the last day")
        table = vector_index_events
        query = (
            select(table.c.space_key, func.count())
            .where(table.c.event.in_(_FAULTS), table.c.happened_at > datetime.now(UTC) - _RECENTLY)
            .group_by(table.c.space_key)
        )
        try:
            with self._engine.begin() as connection:
                connection.execute(_PATIENCE)
                for key, count in connection.execute(query):
                    family.add_metric([key], count)
        except SQLAlchemyError as error:
            _log.warning("no faults of the vector indexes: %s", type(error).__name__)
        return family


def _in_files(view: View) -> int:
    return 0 if view.base is None else view.base.count


def _of_views(
    name: str, help_text: str, views: Sequence[View], value: Callable[[View], float]
) -> Metric:
    family = _family(name, help_text)
    for each in views:
        family.add_metric([each.space.key], value(each))
    return family


def _family(name: str, help_text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(_PREFIX + name, help_text, labels=_LABELS)
