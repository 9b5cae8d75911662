"""Kept connections to one server, and requests over them.

The transport of httpx is used without its `Client` around: redirects, cookies, hooks and the
merging of addresses would cost a search a third of its way there and back, and httpx would log
addresses with the password in them.
"""

from __future__ import annotations

import base64
import os
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import TypeAlias
from urllib.parse import unquote

import httpx

CONNECT_SECONDS = 2.0
# Given up before a usual server does (5 s): documents sent over a connection that just ends may
# have been taken or not.
_KEPT_SECONDS = 4.0
_LIMITS = httpx.Limits(
    max_connections=100, max_keepalive_connections=40, keepalive_expiry=_KEPT_SECONDS
)
_KEPT_ADDRESSES = 256
_WITH_BODY = ("POST", "PUT", "PATCH")
"""Have a length even where it is none."""

_Header: TypeAlias = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the server. `path` may end with a query, and begins with a slash."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What it answered."""

    status: int
    body: bytes


class _Target:
    """One address, taken apart: credentials go into a header and into no address."""

    def __init__(self, address: str) -> None:
        self.address = address
        url = httpx.URL(address.rstrip("/"))
        self._headers: list[_Header] = [(b"Host", url.netloc)]
        if url.userinfo:
            name, _, password = url.userinfo.partition(b":")
            pair = f"{unquote(name.decode())}:{unquote(password.decode())}".encode()
            self._headers.append((b"Authorization", b"Basic " + base64.b64encode(pair)))
        self._base = str(url.copy_with(userinfo=b"", query=None, fragment=None)).rstrip("/")
        self._urls: dict[str, httpx.URL] = {}

    def url(self, path: str) -> httpx.URL:
        url = self._urls.get(path)
        if url is None:
            if len(self._urls) >= _KEPT_ADDRESSES:
                self._urls.clear()
            url = self._urls[path] = httpx.URL(self._base + path)
        return url

    def headers_of(self, request: Request) -> list[_Header]:
        headers = [*self._headers, *_encoded(tuple(request.headers.items()))]
        if request.body or request.method in _WITH_BODY:
            headers.append((b"Content-Length", b"%d" % len(request.body)))
        return headers


class ConnectionPool:
    """Sends requests to wherever the server is now. Raises what httpx raises."""

    def __init__(self, address: Callable[[], str], transport: httpx.BaseTransport | None) -> None:
        self._address = address
        self._given = transport
        self._made: httpx.BaseTransport | None = None
        self._made_by = 0
        self._target: _Target | None = None
        self._lock = Lock()

    @property
    def address(self) -> str:
        """Where the server is now."""
        return self._address()

    def send(self, request: Request, deadline: float) -> Reply:
        """Send one request and read the whole answer before `deadline` (`time.monotonic`)."""
        target = self._current_target()
        left = max(deadline - time.monotonic(), 0.001)
        connect = min(CONNECT_SECONDS, left)
        # With its headers complete and its stream made, httpx has nothing to find out.
        outgoing = httpx.Request(
            request.method,
            target.url(request.path),
            headers=target.headers_of(request),
            stream=httpx.ByteStream(request.body),
            extensions={
                "timeout": {"connect": connect, "pool": connect, "read": left, "write": left}
            },
        )
        response = self._transport(target).handle_request(outgoing)
        try:
            return Reply(response.status_code, _read(response, deadline))
        finally:
            response.close()

    def close(self) -> None:
        """End all connections."""
        if self._given is not None:
            self._given.close()
        if self._made is not None and self._made_by == os.getpid():
            self._made.close()

    def _current_target(self) -> _Target:
        address = self._address()
        target = self._target
        if target is None or target.address != address:
            target = self._target = _Target(address)
        return target

    def _transport(self, target: _Target) -> httpx.BaseTransport:
        if self._given is not None:
            return self._given
        if self._made is None or self._made_by != os.getpid():
            with self._lock:
                if self._made is None or self._made_by != os.getpid():
                    # A forked child must not talk over its parent's connections.
                    self._made, self._made_by = _make_transport(target.address), os.getpid()
        return self._made


@lru_cache(maxsize=64)
def _encoded(headers: tuple[tuple[str, str], ...]) -> tuple[_Header, ...]:
    return tuple((name.encode(), value.encode()) for name, value in headers)


def _make_transport(address: str) -> httpx.BaseTransport:
    # Reading the certificates of all authorities takes longer than many searches.
    secure = address.lower().startswith("https:")
    verify = True if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.HTTPTransport(verify=verify, limits=_LIMITS, trust_env=False)


def _read(response: httpx.Response, deadline: float) -> bytes:
    parts = []
    for part in response.iter_bytes():
        parts.append(part)
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the answer came too slowly")
    return parts[0] if len(parts) == 1 else b"".join(parts)
