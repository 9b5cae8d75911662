"""The client's requests, and how it reads what comes back."""

from __future__ import annotations

import gzip
import json

import httpx
import pytest

from rushes.search.quickwit.answers import IndexStats, IngestAnswer, ParseFailure
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.quickwit.errors import (
    QuickwitRefusedError,
)
from tests.unit.search.scripted_engine import (
    ADDRESS,
    FOUND,
    PRIVATE,
    SECRET,
    TAKEN,
    Server,
    Setting,
    delete_task,
    ingest,
    said,
    search,
)


def test_a_search_asks_all_indexes_at_once_and_reads_the_answer():
    setting = Setting(said(200, FOUND))
    answer = search(
        setting, search_fields=["text", "ocr"], max_hits=5, sort_by="_score", aggs={"places": {}}
    )
    assert setting.sent.url == f"{ADDRESS}/api/v1/one-1,two-2/search"
    assert setting.sent.headers["host"] == "engine.example:7280"
    assert json.loads(setting.sent.content) == {
        "query": PRIVATE,
        "search_field": "text,ocr",
        "max_hits": 5,
        "start_offset": 0,
        "sort_by": "_score",
        "aggs": {"places": {}},
    }
    assert (answer.num_hits, answer.hits, answer.elapsed_ms) == (2, [{"rev": 1}], 1.5)
    assert answer.aggregations == {"places": {"buckets": []}}


def test_a_search_that_wants_nothing_more_sends_nothing_more():
    setting = Setting(said(200, FOUND))
    search(setting)
    assert set(json.loads(setting.sent.content)) == {"query", "max_hits", "start_offset"}


def test_a_long_end_of_a_query_is_sent_as_it_is_written():
    setting = Setting(said(200, FOUND))
    search(setting, query_end=rb" -rev:IN [1 2] \"x\"", aggs={"places": {}})
    asked = json.loads(setting.sent.content)
    assert asked["query"] == f'{PRIVATE} -rev:IN [1 2] "x"'
    assert asked["aggs"] == {"places": {}}


def test_documents_travel_packed_as_lines_with_their_length():
    setting = Setting(said(200, TAKEN))
    assert setting.client.ingest("one-1", [b'{"a":1}', b'{"a":2}'], "wait_for").num_ingested == 2
    assert setting.sent.headers["content-encoding"] == "gzip"
    assert gzip.decompress(setting.sent.content) == b'{"a":1}\n{"a":2}\n'
    assert int(setting.sent.headers["content-length"]) == len(setting.sent.content)
    assert dict(setting.sent.url.params) == {"commit": "wait_for", "detailed_response": "true"}


def test_documents_travel_as_they_are_where_packing_is_off():
    server = Server(said(200, TAKEN))
    with QuickwitClient(ADDRESS, transport=httpx.MockTransport(server), gzip=False) as client:
        client.ingest("one-1", [b"{}"])
    assert "content-encoding" not in server.requests[0].headers
    assert server.requests[0].content == b"{}\n"


def test_rejected_documents_come_back_with_their_reasons():
    failure = {"message": "no field x", "document": '{"x":1}', "reason": "invalid_schema"}
    body = {"num_docs_for_processing": 2, "num_rejected_docs": 1, "parse_failures": [failure]}
    setting = Setting(said(200, body))
    failures = [ParseFailure("no field x", '{"x":1}', "invalid_schema")]
    assert ingest(setting) == IngestAnswer(1, 1, failures)


def test_a_name_and_password_go_into_a_header_and_into_no_address():
    setting = Setting(said(200, FOUND), address=f"http://me:{SECRET}%21@engine.example/q/")
    search(setting)
    assert str(setting.sent.url) == "http://engine.example/q/api/v1/one-1,two-2/search"
    assert setting.sent.headers["authorization"] == "Basic bWU6cGE1NXdvcmQh"


def test_the_calls_that_manage_indexes_ask_and_read_what_quickwit_does():
    config = {"index_id": "one-1", "version": "0.8"}
    setting = Setting(
        said(200, {"index_config": config}),
        said(200, {"index_config": config}),
        said(200, [{"index_config": {"index_id": each}} for each in ("b-2", "one-1", "b-1")]),
        said(
            200,
            {
                "index_id": "one-1",
                "num_published_docs": 3,
                "num_published_splits": 2,
                "size_published_splits": 99,
            },
        ),
        said(200, {"opstamp": 7}),
        httpx.Response(200),
        said(200, []),
    )
    client = setting.client
    client.create_index(config)
    assert client.describe_index("one-1") == config
    assert client.list_indexes("b-") == ["b-1", "b-2"]
    assert client.index_stats("one-1") == IndexStats("one-1", 3, 2, 99)
    assert delete_task(setting) == 7
    client.clear_index("one-1")
    client.delete_index("one-1")
    assert [(each.method, each.url.path) for each in setting.server.requests] == [
        ("POST", "/api/v1/indexes"),
        ("GET", "/api/v1/indexes/one-1"),
        ("GET", "/api/v1/indexes"),
        ("GET", "/api/v1/indexes/one-1/describe"),
        ("POST", "/api/v1/one-1/delete-tasks"),
        ("PUT", "/api/v1/indexes/one-1/clear"),
        ("DELETE", "/api/v1/indexes/one-1"),
    ]
    task = json.loads(setting.server.requests[4].content)
    assert task == {"query": "rev:IN [1 2]", "search_field": ["rev"]}


@pytest.mark.parametrize(
    ("step", "ready"),
    [
        (httpx.Response(200, content=b"true"), True),
        (httpx.Response(503, content=b"false"), False),
        (httpx.Response(200, content=b"<html>"), False),
        (httpx.ConnectError("refused"), False),
    ],
)
def test_ready_is_what_says_so_of_itself(step, ready):
    setting = Setting(step)
    assert setting.client.is_ready() is ready
    assert setting.sent.url.path == "/health/readyz"


@pytest.mark.parametrize("name", ["", "ab", "a/../b", "one,two", "*", "a?b=1", "ünd", "1ab", "a b"])
def test_what_is_no_name_of_an_index_gets_into_no_address(name):
    setting = Setting(said(200, FOUND))
    with pytest.raises(QuickwitRefusedError):
        setting.client.search([name], query="x")
    with pytest.raises(QuickwitRefusedError):
        setting.client.delete_index(name)
    assert setting.server.requests == []


def test_a_search_in_no_index_is_refused():
    with pytest.raises(QuickwitRefusedError):
        Setting(said(200, FOUND)).client.search([], query="x")
