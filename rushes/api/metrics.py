"""What Prometheus may ask. Every label is bounded: templates, never paths or texts of a request."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from sqlalchemy import Engine, QueuePool

from rushes.api.search_metrics import SearchCollector

_BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_REQUEST = ("method", "route", "status")


class Metrics:
    """The numbers of one application, in a registry of its own."""

    def __init__(self, engine: Engine) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "rushes_http_requests", "requests answered", _REQUEST, registry=self.registry
        )
        self.seconds = Histogram(
            "rushes_http_request_seconds",
            "time to the end of the answer",
            _REQUEST,
            buckets=_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self.problems = Counter(
            "rushes_http_problems", "refusals and errors by code", ("code",), registry=self.registry
        )
        self.searches = Counter(
            "rushes_searches",
            "searches answered, by the engine that did",
            ("search_source",),
            registry=self.registry,
        )
        self.search_failures = Counter(
            "rushes_search_engine_failures",
            "questions that the search engine failed to answer, by code",
            ("code",),
            registry=self.registry,
        )
        self.meaning_failures = Counter(
            "rushes_search_meaning_failures",
            "failures to find by meaning, by code; the words answered",
            ("code",),
            registry=self.registry,
        )
        self._watch(engine)
        self.registry.register(SearchCollector(engine))

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        labels = (method, route, str(status))
        self.requests.labels(*labels).inc()
        self.seconds.labels(*labels).observe(seconds)

    def _watch(self, engine: Engine) -> None:
        pool = engine.pool
        if isinstance(pool, QueuePool):
            Gauge(
                "rushes_db_connections_in_use",
                "connections of the pool that are working",
                registry=self.registry,
            ).set_function(pool.checkedout)
