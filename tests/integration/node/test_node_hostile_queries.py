"""No text that anybody types ends the node or makes it answer 5xx."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from quickwit.node.messages import Request, Response
from quickwit.node.routes import answer
from quickwit.node.storage.engine import TantivyEngine
from tests.integration.node.node_process import index_config

INDEX = "contract-hostile"
PIECES = [
    *"()[]{}\"\\:*?-+~^/<>=!&|'`,.;",
    *(" AND ", " OR ", " NOT ", " TO ", " IN ", "IN [", "text:", "rev:", "at:", "unheard:"),
    *("dog", "cat", "1", "-1", "1e400", "18446744073709551616", "2024-01-01T00:00:00Z", "~2"),
    *("\x00", "\ud800", "😀", "\u202e", "ß", "\n", "\t", " ", "", "tags:", "*:*", "letters:"),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TantivyEngine]:
    engine = TantivyEngine(tmp_path_factory.mktemp("hostile"))
    body = json.dumps(index_config(INDEX, 3600)).encode()
    assert answer(Request("POST", "/api/v1/indexes", body=body), engine).status == 200
    lines = b'{"doc_id": "a", "text": "dog", "rev": 1}\n{"doc_id": "b", "text": "cat"}'
    ingest = Request("POST", f"/api/v1/{INDEX}/ingest", "commit=force", body=lines)
    assert answer(ingest, engine).status == 200
    yield engine
    engine.close()


def ask(engine: TantivyEngine, query: str) -> Response:
    body = json.dumps({"query": query, "search_field": "text", "max_hits": 1}).encode()
    return answer(Request("POST", f"/api/v1/{INDEX}/search", body=body), engine)


def random_query(chance: random.Random) -> str:
    if chance.random() < 0.2:
        return "".join(chance.choices(string.printable, k=chance.randint(0, 30)))
    return "".join(chance.choices(PIECES, k=chance.randint(0, 14)))


def test_random_texts_are_answered_or_refused(engine: TantivyEngine) -> None:
    chance = random.Random(20)
    counts = dict.fromkeys((200, 400, 501), 0)
    for _ in range(8_000):
        query = random_query(chance)
        status = ask(engine, query).status
        assert status in counts, query
        counts[status] += 1
    assert counts[200] > 200, counts


@pytest.mark.parametrize(
    "query",
    [
        "(" * 100_000,
        "(" * 100_000 + "dog" + ")" * 100_000,
        "text:(" * 10_000 + "dog" + ")" * 10_000,
        "-(" * 10_000 + "dog" + ")" * 10_000,
        "NOT " * 100_000 + "dog",
        "NOT(" * 10_000 + "dog" + ")" * 10_000,
        "(NOT " * 40 + "dog" + ")" * 40,
        "(dog AND NOT " * 50 + "dog" + ")" * 50,
        '"' + "(" * 200_000,
        '"' + "(" * 200_000 + '"',
        "'" + "(" * 200_000 + "'",
        'dog"' + "(" * 5_000 + '"',
        "[" * 100_000,
        "text:[" * 50_000,
        "dog^" * 50_000,
        "dog^2" + "^2" * 50_000,
        "\\" * 100_001,
        "*" * 100_000,
        "text:" + "*a" * 1_000,
        "text:*a" + "?" * 60,
        "text:" + "?" * 10_000,
        "dog " * 100_000,
        "dog OR " * 100_000 + "dog",
        "rev:IN [" + "1 " * 200_000 + "]",
        "rev:IN [" + "9" * 5_000 + " 1]",
        "rev:IN [" + "18446744073709551616 " * 20 + "]",
        "rev:" + "9" * 5_000,
        "at:[9999999999999999999 TO *]",
        "at:[-9223372036854775808 TO *]",
        '"dog cat"~4294967296',
        '"dog cat"~' + "9" * 100,
        "dog^" + "9" * 400,
        "dog^-1",
        "text:/(a+)+$/",
        "te" * 40_000,
        "x" * 70_000,
    ],
)
def test_a_hostile_text_is_answered_or_refused(engine: TantivyEngine, query: str) -> None:
    assert ask(engine, query).status in (200, 400, 501)
    assert ask(engine, "dog").status == 200


def test_brackets_in_a_literal_are_no_nesting(engine: TantivyEngine) -> None:
    assert ask(engine, 'text:"' + "(" * 300 + '"').status == 200


@pytest.mark.parametrize("path", ["/", "", "//", "/api/v1", "/api/v1/", "/api/v1/%2e%2e/search"])
def test_odd_addresses_are_refused(engine: TantivyEngine, path: str) -> None:
    body = b'{"query": "dog"}'
    assert 400 <= answer(Request("POST", path, body=body), engine).status < 500


@pytest.mark.parametrize("name", ["..", "../../x", ".", "a/../b", "\x00abc", "abc\n"])
def test_no_index_leaves_its_folder(engine: TantivyEngine, name: str, tmp_path: Path) -> None:
    body = json.dumps(index_config(name)).encode()
    assert answer(Request("POST", "/api/v1/indexes", body=body), engine).status == 400


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"query": NaN}', b"[" * 100_000]
)
def test_odd_bodies_are_refused(engine: TantivyEngine, body: bytes) -> None:
    for path in (f"/api/v1/{INDEX}/search", f"/api/v1/{INDEX}/delete-tasks", "/api/v1/indexes"):
        assert answer(Request("POST", path, body=body), engine).status == 400


@pytest.mark.parametrize(
    "aggs",
    [
        {"x": {}},
        {"x": 1},
        {"x": {"terms": {}}},
        {"x": {"terms": {"field": "rev", "size": 0}}},
        {"x": {"terms": {"field": "rev", "size": 65_001}}},
        {"x": {"terms": {"field": "rev", "order": {"nothing": "asc"}}}},
        {"x": {"histogram": {"field": "rev"}}},
        {"x": {"histogram": {"field": "rev", "interval": 0}}},
        {"x": {"range": {"field": "rev", "ranges": "all"}}},
        {"x": {"scripted": {"field": "rev"}}},
        {"x": {"terms": {"field": "rev"}, "max": {"field": "rev"}}},
    ],
)
def test_odd_aggregations_are_refused(engine: TantivyEngine, aggs: object) -> None:
    body = json.dumps({"query": "dog", "aggs": aggs}).encode()
    found = answer(Request("POST", f"/api/v1/{INDEX}/search", body=body), engine)
    assert found.status in (400, 501), found.body
