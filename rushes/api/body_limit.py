"""A limit on what a request may send: more is refused with 413 before it is read whole."""

from __future__ import annotations

from fastapi import Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rushes.api.problems import too_large


class BodyLimit:
    """Refuses bodies of more than `limit` bytes, whether their length was said or not."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = Headers(scope=scope).get("Content-Length", "")
        if said.isdecimal() and int(said[:20]) > self._limit:
            await too_large(Request(scope), self._limit)(scope, receive, send)
            return
        await self._app(scope, _counted(receive, self._limit), send)


def _counted(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise HTTPException(413, f"a body has at most {limit} bytes")
        return message

    return counted
