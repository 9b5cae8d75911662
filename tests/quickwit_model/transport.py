"""From the client to the model, without sockets."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from quickwit.node import routes
from quickwit.node.messages import Request, Response
from rushes.search.quickwit.client import QuickwitClient
from tests.quickwit_model.engine import ModelEngine
from tests.quickwit_model.mishaps import Mishap, Mishaps


class ModelTransport:
    """Answers each request by the node's routes over the model, or lets it go wrong.

    `before` is called ahead of each request: the place to let something else happen, as no
    transaction is open then.
    """

    def __init__(self, engine: ModelEngine) -> None:
        self.engine = engine
        self.mishaps = Mishaps()
        self.before: Callable[[str], None] = lambda path: None

    def client(self) -> QuickwitClient:
        """The real client, over this."""
        transport = httpx.MockTransport(self._handle)
        return QuickwitClient(
            "http://model", transport=transport, gzip=False, sleep=lambda seconds: None
        )

    def _handle(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.before(path)
        mishap = self.mishaps.take(path.endswith("/ingest"))
        if mishap.outcome == "refused":
            raise httpx.ConnectError("refused", request=request)
        answer = self._answered(request, mishap)
        if mishap.outcome == "timeout":
            raise httpx.ReadTimeout("no answer", request=request)
        if mishap.outcome == "broken":
            raise httpx.ReadError("broken", request=request)
        if mishap.outcome != 200:
            return httpx.Response(int(mishap.outcome), json={"message": mishap.name})
        return httpx.Response(answer.status, content=answer.body)

    def _answered(self, request: httpx.Request, mishap: Mishap) -> Response:
        if mishap.effect == "nothing":
            return Response(200, b"null")
        self.engine.effect = mishap.effect
        try:
            return routes.answer(
                Request(
                    request.method,
                    request.url.path,
                    request.url.query.decode(),
                    {},
                    request.content,
                ),
                self.engine,
            )
        finally:
            self.engine.effect = "all"
