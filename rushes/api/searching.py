"""The search of one application, for all routes that search."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from fastapi import Response
from pydantic_core import to_json

from rushes.api.metrics import Metrics
from rushes.pipeline.context import PipelineContext
from rushes.search.plain import plain_answer
from rushes.search.request import SearchRequest

if TYPE_CHECKING:
    from rushes.search.service import SearchService


class Searching:
    """Opened at the first question: that may start a search node, and most processes of tests and
    tools never ask.
    """

    def __init__(self, context: PipelineContext, metrics: Metrics) -> None:
        self._context = context
        self._metrics = metrics
        self._service: SearchService | None = None
        self._lock = Lock()

    def answer(self, request: SearchRequest) -> Response:
        """The answer as it is sent: a page of hits is not read through once more to be checked."""
        answer = self._opened().search(request)
        self._metrics.searches.labels(answer.search_source.value).inc()
        return Response(to_json(plain_answer(answer)), media_type="application/json")

    def _opened(self) -> SearchService:
        with self._lock:
            if self._service is None:
                from rushes.search.service import SearchService

                self._service = SearchService.of(
                    self._context,
                    on_failure=lambda code: self._metrics.search_failures.labels(code).inc(),
                    on_meaning_failure=lambda code: self._metrics.meaning_failures.labels(
                        code
                    ).inc(),
                )
            return self._service
