"""Contract: documents are taken or refused one by one, and become visible as asked."""

from __future__ import annotations

import gzip
import json
import secrets
import time
from typing import Any

import pytest

from tests.integration.node.node_process import IndexClient

MAX_BODY_BYTES = 10 * 1024 * 1024


def ingest_body(index: IndexClient, body: bytes, **headers: str) -> Any:
    return index.http.post(
        f"/api/v1/{index.index_id}/ingest",
        params={"commit": "force", "detailed_response": "true"},
        content=body,
        headers=headers,
    )


def test_documents_are_counted_and_found(index: IndexClient) -> None:
    answer = index.ingest([{"doc_id": "a", "text": "dog"}, {"doc_id": "b", "text": "cat"}])
    assert answer["num_docs_for_processing"] == 2
    assert answer["num_ingested_docs"] == 2
    assert answer["num_rejected_docs"] == 0
    assert index.ids("dog") == ["a"]


def test_stored_fields_come_back_as_they_were_given(index: IndexClient) -> None:
    document = {
        "doc_id": "a",
        "rev": 2**64 - 1,
        "place": -(2**63),
        "weight": 0.5,
        "is_good": True,
        "library": "l",
        "text": 'dog\u0000 über <b> " \\ 😀',
        "kept": ["x", "y"],
    }
    index.ingest([document | {"tags": ["not stored"]}])
    assert index.search("doc_id:a")["hits"] == [document]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ('{"doc_id": "a", "unheard_of": 1}', "invalid_schema"),
        ('{"doc_id": 1}', "invalid_schema"),
        ('{"rev": -1}', "invalid_schema"),
        ('{"rev": 18446744073709551616}', "invalid_schema"),
        ('{"rev": 1.5}', "invalid_schema"),
        ('{"rev": "many"}', "invalid_schema"),
        ('{"rev": [1, 2]}', "invalid_schema"),
        ('{"place": 9223372036854775808}', "invalid_schema"),
        ('{"is_good": "perhaps"}', "invalid_schema"),
        ('{"at": "yesterday"}', "invalid_schema"),
        ('{"tags": [1]}', "invalid_schema"),
        ('{"doc_id": "a"', "invalid_json"),
        ("[1]", "invalid_json"),
        ('{"weight": NaN}', "invalid_json"),
        ('{"doc_id": "\\ud800"}', "invalid_json"),
        ("[" * 100_000, "invalid_json"),
    ],
)
def test_one_bad_document_does_not_stop_the_others(
    shared: IndexClient, document: str, reason: str
) -> None:
    first, last = (f"{name}-{secrets.token_hex(6)}" for name in ("first", "last"))
    lines = f'{{"doc_id": "{first}"}}\n{document}\n{{"doc_id": "{last}"}}\n'
    answer = ingest_body(shared, lines.encode()).json()
    assert (answer["num_ingested_docs"], answer["num_rejected_docs"]) == (2, 1)
    (failure,) = answer["parse_failures"]
    assert failure["reason"] == reason
    assert failure["document"] == document
    assert failure["message"]
    assert shared.found(f"doc_id:IN [{first} {last}]") == {first, last}
    assert shared.search("-doc_id:*st-*")["num_hits"] == 0  # nothing of the bad one


def test_nulls_and_empty_lines_are_nothing(index: IndexClient) -> None:
    body = b'\n{"doc_id": "a", "rev": null, "tags": ["x", null], "kept": []}\r\n\n   \n'
    assert ingest_body(index, body).json()["num_ingested_docs"] == 1
    assert index.found("tags:x") == {"a"}
    assert index.found("rev:*") == set()


def test_a_packed_body_is_read(index: IndexClient) -> None:
    parts = [gzip.compress(b'{"doc_id": "a"}\n'), gzip.compress(b'{"doc_id": "b"}')]
    answer = ingest_body(index, b"".join(parts), **{"content-encoding": "gzip"})
    assert answer.json()["num_ingested_docs"] == 2


def test_a_body_over_the_limit_is_413(shared: IndexClient) -> None:
    line = json.dumps({"doc_id": "a", "kept": ["x" * 1000]}).encode() + b"\n"
    body = line * (MAX_BODY_BYTES // len(line) + 1)
    assert ingest_body(shared, body).status_code == 413


def test_a_small_file_that_unpacks_over_the_limit_is_413(shared: IndexClient) -> None:
    body = gzip.compress(b" " * (MAX_BODY_BYTES + 1))
    assert ingest_body(shared, body, **{"content-encoding": "gzip"}).status_code == 413


def test_automatic_commits_come_by_themselves(index: IndexClient) -> None:
    index.ingest([{"doc_id": "a", "text": "dog"}], commit="auto")
    deadline = time.monotonic() + 30
    while not index.ids("dog"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_waiting_for_the_commit_makes_visible(index: IndexClient) -> None:
    index.ingest([{"doc_id": "a", "text": "dog"}], commit="wait_for")
    assert index.ids("dog") == ["a"]


def test_a_commit_shows_earlier_documents_too(index: IndexClient) -> None:
    index.ingest([{"doc_id": "a", "text": "dog"}], commit="auto")
    index.ingest([{"doc_id": "b", "text": "dog"}], commit="force")
    assert index.found("dog") == {"a", "b"}


def test_an_unknown_commit_mode_is_400(shared: IndexClient) -> None:
    path = f"/api/v1/{shared.index_id}/ingest"
    assert shared.http.post(path, params={"commit": "soon"}, content="{}").status_code == 400


def test_the_same_document_twice_is_there_twice(index: IndexClient) -> None:
    index.ingest([{"doc_id": "a", "text": "dog"}])
    index.ingest([{"doc_id": "a", "text": "dog"}])
    assert index.search("dog")["num_hits"] == 2
