"""Delete tasks: their shapes are contract; when they are applied is the node's own."""

from __future__ import annotations

import os

import pytest

from tests.integration.node.node_process import IndexClient

own = pytest.mark.skipif(
    "QUICKWIT_URL" in os.environ, reason="a real Quickwit applies deletes minutes to days later"
)


def delete(index: IndexClient, **body: object) -> tuple[int, dict[str, object]]:
    answer = index.http.post(f"/api/v1/{index.index_id}/delete-tasks", json=body)
    return answer.status_code, answer.json()


def test_a_task_gets_a_rising_stamp(index: IndexClient) -> None:
    index.ingest([{"doc_id": "a", "rev": 1}])
    status, first = delete(index, query="rev:IN [1 2]")
    assert status == 200
    _, second = delete(index, query="rev:3")
    assert first["index_uid"] == second["index_uid"]
    assert isinstance(first["create_timestamp"], int)
    assert first["delete_query"]
    assert second["opstamp"] > first["opstamp"]  # type: ignore[operator]
    listed = index.http.get(f"/api/v1/{index.index_id}/delete-tasks").json()
    assert [task["opstamp"] for task in listed] == [first["opstamp"], second["opstamp"]]


@pytest.mark.parametrize(
    "body", [{}, {"query": "it's"}, {"query": "unheard_of:1"}, {"query": "rev:1", "odd": 1}]
)
def test_a_task_that_makes_no_sense_is_400(shared: IndexClient, body: dict[str, object]) -> None:
    assert delete(shared, **body)[0] == 400


@own
def test_the_next_commit_applies_a_task(index: IndexClient) -> None:
    index.ingest([{"doc_id": "a", "rev": 1}, {"doc_id": "b", "rev": 2}])
    delete(index, query="rev:IN [1]")
    assert index.found("*") == {"a", "b"}
    index.ingest([{"doc_id": "c", "rev": 3}])
    assert index.found("*") == {"b", "c"}


@own
def test_a_task_takes_what_was_ingested_before_it_and_nothing_after(index: IndexClient) -> None:
    index.ingest([{"doc_id": "seen", "rev": 1}])
    index.ingest([{"doc_id": "unseen", "rev": 1}], commit="auto")
    delete(index, query="rev:1")
    index.ingest([{"doc_id": "later", "rev": 1}], commit="auto")
    index.ingest([{"doc_id": "last", "rev": 1}])
    assert index.found("rev:1") == {"later", "last"}


@own
def test_words_of_a_task_are_looked_for_in_its_fields(index: IndexClient) -> None:
    index.ingest([{"doc_id": "a", "text": "dog"}, {"doc_id": "b", "words": "dog"}])
    delete(index, query="dog", search_field=["words"])
    index.ingest([{"doc_id": "c"}])
    assert index.found("*") == {"a", "c"}


@own
def test_splits_show_the_stamp_that_is_applied(index: IndexClient) -> None:
    index.ingest([{"doc_id": "a", "rev": 1}, {"doc_id": "b", "rev": 2}])
    _, task = delete(index, query="rev:1")
    path = f"/api/v1/indexes/{index.index_id}/splits"
    assert index.http.get(path).json()["splits"][0]["delete_opstamp"] == 0
    index.ingest([{"doc_id": "c"}])
    assert index.http.get(path).json()["splits"][0]["delete_opstamp"] == task["opstamp"]
