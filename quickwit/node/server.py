"""The node as an ASGI application."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from quickwit.node.engine import Engine
from quickwit.node.messages import Request, Response
from quickwit.node.requests.bodies import MAX_BODY_BYTES
from quickwit.node.routes import answer

SEARCH_THREADS = 4
WRITE_THREADS = 32
"""Writers mostly wait: for the disk, or with `wait_for` for a commit."""

_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
_PORT = re.compile(r":[0-9]*$")

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


class NodeApp:
    """Reads a request whole, has it answered in a thread, and sends the answer."""

    def __init__(self, engine: Engine, is_for_this_machine: bool = True) -> None:
        """`is_for_this_machine`: it listens on the loopback address, and is called by its names.

        A web page may send requests there too: it says its origin, or has had a name of its own
        resolved to the loopback address. Both are refused, as there is no login.
        """
        self._engine = engine
        self._is_for_this_machine = is_for_this_machine
        self._searching = ThreadPoolExecutor(SEARCH_THREADS, "search")
        self._writing = ThreadPoolExecutor(WRITE_THREADS, "write")

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Answer one connection's request; other kinds of connections are refused."""
        if scope["type"] != "http":
            raise ValueError(f"the node speaks HTTP, not {scope['type']}")
        body = await _read(receive)
        if body is None:
            return
        request = Request(
            scope["method"],
            scope["path"],
            scope["query_string"].decode("latin-1"),
            {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
            body,
        )
        path = request.path
        if self._is_from_a_page(request):
            response = Response(403, b'{"message": "web pages are not served"}')
        elif path.startswith("/health/"):
            response = answer(request, self._engine)
        else:
            is_search = path.endswith("/search") or request.method == "GET"
            pool = self._searching if is_search else self._writing
            loop = asyncio.get_running_loop()
            response = await loop.run_in_executor(pool, answer, request, self._engine)
        await _send(response, send)

    def _is_from_a_page(self, request: Request) -> bool:
        if "origin" in request.headers:
            return True
        host = _PORT.sub("", request.headers.get("host", "localhost"))
        return self._is_for_this_machine and host.lower() not in _LOOPBACK_NAMES

    def close(self) -> None:
        """End the threads after what they are doing."""
        self._searching.shutdown()
        self._writing.shutdown()


async def _read(receive: _Receive) -> bytes | None:
    """The body, cut after the limit (the routes refuse it then); None where the client left."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        if size <= MAX_BODY_BYTES:
            parts.append(part[: MAX_BODY_BYTES + 1 - size])
        size += len(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _send(response: Response, send: _Send) -> None:
    headers = [
        (b"content-type", response.content_type.encode()),
        (b"content-length", str(len(response.body)).encode()),
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
