"""The node's own engine behind the client without a process, which commits each request at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx

from quickwit.node import routes
from quickwit.node.messages import Request
from quickwit.node.storage.engine import TantivyEngine
from rushes.search.quickwit.client import QuickwitClient


class LocalNode:
    """`around` is called before and after each request; what it raises passes the client."""

    def __init__(self, folder: Path) -> None:
        self.engine = TantivyEngine(folder)
        self.around: Callable[[], None] = lambda: None

    def client(self) -> QuickwitClient:
        """The real client, over this."""
        return QuickwitClient(
            "http://node", transport=httpx.MockTransport(self._answer), gzip=False
        )

    def indexes(self) -> set[str]:
        """The names of all there are."""
        return {each.config.index_id for each in self.engine.indexes()}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.around()
        query = request.url.query.decode().replace("commit=auto", "commit=force")
        asked = Request(request.method, request.url.path, query, {}, request.content)
        answer = routes.answer(asked, self.engine)
        self.around()
        return httpx.Response(answer.status, content=answer.body)
