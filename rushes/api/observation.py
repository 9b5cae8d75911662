"""Around every request: its id, its line in the log, its numbers, and headers of all answers.

Plain ASGI: nothing is buffered, so that a film streams through as it is read.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from datetime import UTC, datetime
from typing import Any

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rushes.api.metrics import Metrics
from rushes.api.problems import unforeseen
from rushes.audit import request_id

ACCESS_LOG = logging.getLogger("rushes.api.access")
REQUEST_ID_HEADER = "X-Request-ID"
NO_ROUTE = "no route"

_GOOD_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_GONE = 499
"""Status of a request whose client went away before it was answered, as other servers log it."""


class Observed:
    """The outermost layer. An error that nothing else foresaw is answered here, as a problem."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send)
        token = request_id.set(exchange.request_id)
        try:
            await self._app(scope, receive, exchange.send)
        except Exception as error:
            if exchange.status is not None:
                raise  # too late for a problem: the server breaks the connection off
            answer = unforeseen(Request(scope), error)
            await answer(scope, receive, exchange.send)
        finally:
            request_id.reset(token)
            self._note(exchange)

    def _note(self, exchange: _Exchange) -> None:
        seconds = time.perf_counter() - exchange.began
        status = exchange.status or _GONE
        self._metrics.observe(exchange.method, exchange.route, status, seconds)
        if ACCESS_LOG.isEnabledFor(logging.INFO):
            ACCESS_LOG.info(json.dumps(exchange.line(status, seconds)))


class _Exchange:
    """One request and what is known of its answer."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.began = time.perf_counter()
        given = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
        self.request_id = given if _GOOD_ID.fullmatch(given) else secrets.token_hex(12)
        self.method = scope["method"] if scope["method"] in _METHODS else "other"
        self.status: int | None = None
        self._scope = scope
        self._send = send

    async def send(self, message: Message) -> None:
        """Pass on what the application answers, with our headers."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[REQUEST_ID_HEADER] = self.request_id
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "no-referrer"
            if self._is_private:
                headers.setdefault("Cache-Control", "no-store")
        await self._send(message)

    @property
    def route(self) -> str:
        """The template of the route, never the path: there are few of them."""
        return str(getattr(self._scope.get("route"), "path", NO_ROUTE))

    @property
    def _actor(self) -> str | None:
        actor: str | None = self._scope.get("state", {}).get("actor")
        return actor

    @property
    def _is_private(self) -> bool:
        behind_key = self._actor is not None or self.status == 401
        return behind_key or self.method not in _READING

    def line(self, status: int, seconds: float) -> dict[str, Any]:
        """What the log says of it; no path, no query, no header but the checked id."""
        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": self.method,
            "route": self.route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "request_id": self.request_id,
        }
        return line if self._actor is None else {**line, "actor": self._actor}
