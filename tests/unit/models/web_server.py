"""A web server on loopback with the faults that real ones have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class WebServer:
    """Serves `files` by path. What is asked for is kept in `requests`, as (path, range)."""

    files: dict[str, bytes]
    url: str = ""
    breaks_off_after: list[int] = field(default_factory=list)
    """Bytes after which the next answers end too early, one each."""
    statuses: list[int] = field(default_factory=list)
    """What the next answers are instead, one each."""
    redirects: dict[str, str] = field(default_factory=dict)
    knows_ranges: bool = True
    requests: list[tuple[str, str | None]] = field(default_factory=list)


@contextmanager
def web_server(files: dict[str, bytes]) -> Iterator[WebServer]:
    """A running server; it ends with the block."""
    state = WebServer(files)

    class Handler(_Handler):
        served = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    served: WebServer

    def do_GET(self) -> None:
        state = self.served
        asked = self.headers.get("Range")
        state.requests.append((self.path, asked))
        if state.statuses:
            return self._answer(state.statuses.pop(0))
        if self.path in state.redirects:
            return self._answer(302, Location=state.redirects[self.path])
        if self.path not in state.files:
            return self._answer(404)
        start = int(re.findall(r"\d+", asked)[0]) if asked and state.knows_ranges else 0
        return self._serve(state.files[self.path], start, partial=bool(start))

    def _serve(self, data: bytes, start: int, *, partial: bool) -> None:
        if start >= len(data) and partial:
            return self._answer(416, **{"Content-Range": f"bytes */{len(data)}"})
        rest = data[start:]
        self.send_response(206 if partial else 200)
        self.send_header("Content-Length", str(len(rest)))
        if partial:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        breaks = self.served.breaks_off_after
        self.wfile.write(rest[: breaks.pop(0)] if breaks else rest)
        self.close_connection = True
        return None

    def _answer(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        return
