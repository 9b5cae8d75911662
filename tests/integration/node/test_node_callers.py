"""A web page that reaches the loopback address gets nothing from the node."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from quickwit.node.server import NodeApp
from quickwit.node.storage.engine import TantivyEngine


def statuses(data: Path, is_for_this_machine: bool, *headers: dict[str, str]) -> list[int]:
    """What requests of these headers get, for a list of indexes and for a health check."""
    engine = TantivyEngine(data)
    app = NodeApp(engine, is_for_this_machine)
    try:
        paths = ("/api/v1/indexes", "/health/livez")
        return [asyncio.run(asked(app, path, given)) for given in headers for path in paths]
    finally:
        app.close()
        engine.close()


async def asked(app: NodeApp, path: str, headers: dict[str, str]) -> int:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b""}
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await app({**scope, "headers": pairs}, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example:80"},
        {"host": "localhost", "origin": "http://localhost"},
        {"host": "127.0.0.1:1", "origin": "null"},
        {"host": ""},
    ],
)
def test_a_page_is_refused(data_dir: Path, headers: dict[str, str]) -> None:
    assert statuses(data_dir, True, headers) == [403, 403]


def test_programs_of_this_machine_are_served(data_dir: Path) -> None:
    hosts = ("127.0.0.1:5000", "LOCALHOST", "localhost:80", "[::1]:5000", "[::1]")
    assert set(statuses(data_dir, True, *({"host": host} for host in hosts))) == {200}


def test_a_node_for_others_answers_to_any_name_but_to_no_page(data_dir: Path) -> None:
    assert statuses(data_dir, False, {"host": "search"}) == [200, 200]
    page = {"host": "search", "origin": "http://search"}
    assert statuses(data_dir, False, page) == [403, 403]
