"""A search engine that answers by a script, and calls of a client to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from rushes.search.quickwit.answers import IngestAnswer
from rushes.search.quickwit.client import QuickwitClient

ADDRESS = "http://engine.example:7280"
SECRET = "pa55word"
PRIVATE = "secret sauce"
FOUND: dict[str, Any] = {
    "num_hits": 2,
    "hits": [{"rev": 1}],
    "elapsed_time_micros": 1500,
    "errors": [],
    "aggregations": {"places": {"buckets": []}},
}
TAKEN = {"num_docs_for_processing": 2, "num_ingested_docs": 2, "num_rejected_docs": 0}

Step = httpx.Response | Exception


class Server:
    """Answers each request with the next step of its script; the last one again and again."""

    def __init__(self, *steps: Step) -> None:
        self.requests: list[httpx.Request] = []
        self._steps = list(steps)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        if isinstance(step, Exception):
            raise step
        return httpx.Response(step.status_code, content=step.content)


class Setting:
    """A client of a scripted server, and the waits that it asked for."""

    def __init__(self, *steps: Step, address: str | Callable[[], str] = ADDRESS) -> None:
        self.server = Server(*steps)
        self.waits: list[float] = []
        transport = httpx.MockTransport(self.server)
        self.client = QuickwitClient(address, transport=transport, sleep=self.waits.append)

    @property
    def sent(self) -> httpx.Request:
        (request,) = self.server.requests
        return request


def said(status: int, body: Any = None) -> httpx.Response:
    return httpx.Response(status, json={"message": "it says why"} if body is None else body)


def search(setting: Setting, **more: Any) -> Any:
    return setting.client.search(["one-1", "two-2"], query=PRIVATE, **more)


def ingest(setting: Setting) -> IngestAnswer:
    return setting.client.ingest("one-1", [b'{"a":1}', b'{"a":2}'])


def describe(setting: Setting) -> dict[str, Any]:
    return setting.client.describe_index("one-1")


def delete_task(setting: Setting) -> int:
    return setting.client.create_delete_task("one-1", "rev:IN [1 2]", ["rev"])


CALLS = [search, ingest, describe, delete_task]
