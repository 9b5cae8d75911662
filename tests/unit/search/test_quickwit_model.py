"""The model has what bites in Quickwit: its deletes, its ingest, its answers."""

from __future__ import annotations

from typing import Any

import pytest

from rushes.search.quickwit.client import QuickwitClient
from rushes.search.quickwit.errors import (
    DocumentTooLargeError,
    IndexMissingError,
    QuickwitUnavailableError,
)
from rushes.search.quickwit.template import compile_template
from tests.quickwit_model.clock import ModelClock
from tests.quickwit_model.engine import ModelEngine
from tests.quickwit_model.index import MATURATION_SECONDS, ModelIndex
from tests.quickwit_model.mishaps import Mishap
from tests.quickwit_model.transport import ModelTransport

INDEX = "scenes-1"
_COMMIT_SECONDS = 6.0
_PLANNER_SECONDS = 60.0


class Model:
    """A model with one index, and its client."""

    def __init__(self, *, matures_at_once: bool = True) -> None:
        self.engine = ModelEngine(ModelClock(), matures_at_once=matures_at_once)
        self.transport = ModelTransport(self.engine)
        self.client: QuickwitClient = self.transport.client()
        self.client.create_index(compile_template(INDEX))

    @property
    def index(self) -> ModelIndex:
        return self.engine.get(INDEX)

    def post(self, asset_id: str, rev: int) -> None:
        line = f'{{"doc_id":"{asset_id}","asset_id":"{asset_id}","rev":{rev}}}'
        self.client.ingest(INDEX, [line.encode()])

    def publish(self, asset_id: str, rev: int) -> None:
        self.post(asset_id, rev)
        self.index.open_workbench()
        self.index.commit()

    def delete(self, asset_id: str) -> None:
        self.client.create_delete_task(INDEX, f'asset_id:"{asset_id}"', ["doc_id"])

    def revs(self, query: str = "rev:[1 TO *]", **asked: Any) -> list[int]:
        answer = self.client.search([INDEX], query=query, search_fields=["doc_id"], **asked)
        return [hit["rev"] for hit in answer.hits]


def test_a_document_taken_into_a_workbench_opened_before_the_task_is_deleted_with_the_old() -> None:
    model = Model()
    model.publish("film", 1)
    model.post("other", 2)
    model.index.open_workbench()
    model.delete("film")
    model.post("film", 3)
    model.index.open_workbench()
    model.index.commit()
    model.engine.advance(_PLANNER_SECONDS)
    assert model.revs() == [2]


def test_a_document_in_the_log_when_the_task_is_made_escapes_it_for_ever() -> None:
    model = Model()
    model.post("film", 1)
    model.delete("film")
    model.engine.advance(10 * _PLANNER_SECONDS)
    assert model.revs() == [1]


def test_a_merge_with_an_old_split_lets_the_old_task_kill_the_new_version() -> None:
    model = Model(matures_at_once=False)
    model.publish("film", 1)
    model.delete("film")
    model.publish("film", 2)
    model.engine.advance(_PLANNER_SECONDS)
    assert model.revs() == [2, 1]
    model.index.merge()
    model.engine.advance(MATURATION_SECONDS)
    assert model.revs() == []


def test_without_the_merge_the_new_version_lives() -> None:
    model = Model(matures_at_once=False)
    model.publish("film", 1)
    model.delete("film")
    model.publish("film", 2)
    model.engine.advance(MATURATION_SECONDS + _PLANNER_SECONDS)
    assert model.revs() == [2]


def test_an_old_task_kills_a_film_that_is_made_again() -> None:
    model = Model()
    model.post("other", 1)
    model.index.open_workbench()
    model.delete("film")
    model.post("film", 2)
    model.engine.advance(_COMMIT_SECONDS)
    assert model.revs() == [2, 1]
    model.engine.advance(_PLANNER_SECONDS)
    assert model.revs() == [1]


def test_a_task_is_applied_to_young_splits_only_once_they_are_mature() -> None:
    model = Model(matures_at_once=False)
    model.publish("film", 1)
    model.delete("film")
    model.engine.advance(MATURATION_SECONDS / 2)
    assert model.revs() == [1]
    model.publish("other", 2)
    model.index.merge()
    model.engine.advance(MATURATION_SECONDS / 2 + _PLANNER_SECONDS)
    assert sorted(model.revs()) == [1, 2]  # the merge began its time anew
    model.engine.advance(MATURATION_SECONDS / 2)
    assert model.revs() == [2]


def test_what_is_accepted_is_searchable_after_the_commit_time_only() -> None:
    model = Model()
    model.post("film", 1)
    model.engine.advance(1)
    assert model.revs() == []
    model.engine.advance(_COMMIT_SECONDS + 10)
    assert model.revs() == [1]


def test_a_slow_engine_commits_in_the_end() -> None:
    model = Model()
    model.engine.is_slow = True
    model.post("film", 1)
    model.engine.advance(100)
    assert model.revs() == []
    model.engine.advance(200)
    assert model.revs() == [1]


@pytest.mark.parametrize("mishap", [each for each in Mishap if each.outcome != 200])
def test_what_the_client_is_told_says_whether_anything_can_have_been_accepted(
    mishap: Mishap,
) -> None:
    model = Model()
    model.transport.mishaps.choose([mishap] * 5)  # as often as the client tries
    with pytest.raises((QuickwitUnavailableError, DocumentTooLargeError)) as raised:
        model.post("film", 1)
    model.transport.mishaps.choose([])
    model.engine.advance(1_000)
    found = model.revs()
    assert bool(found) == (mishap.effect != "nothing")
    if found:
        assert isinstance(raised.value, QuickwitUnavailableError)
        assert raised.value.was_sent


def test_of_a_request_that_fails_amid_a_part_is_there() -> None:
    model = Model()
    model.transport.mishaps.choose([Mishap.FAILED_AMID])
    lines = [f'{{"doc_id":"{each}","asset_id":"film","rev":1}}'.encode() for each in "abc"]
    with pytest.raises(QuickwitUnavailableError):
        model.client.ingest(INDEX, lines)
    model.engine.advance(100)
    assert model.revs() == [1, 1]


def test_documents_may_come_twice_at_once_and_later() -> None:
    model = Model()
    model.transport.mishaps.choose([Mishap.DOUBLED])
    model.post("film", 1)
    model.engine.advance(100)
    assert model.revs() == [1, 1]
    model.index.bring_again(0)
    model.engine.advance(100)
    assert model.revs() == [1, 1, 1, 1]


def test_a_request_may_arrive_long_after_its_sender_gave_up() -> None:
    model = Model()
    model.transport.mishaps.choose([Mishap.ARRIVES_LATER])
    with pytest.raises(QuickwitUnavailableError):
        model.post("film", 1)
    model.engine.advance(300)
    assert model.revs() == []
    model.engine.advance(400)
    assert model.revs() == [1]


def test_a_busy_engine_is_asked_again_and_then_has_each_document_once() -> None:
    model = Model()
    model.transport.mishaps.choose([Mishap.BUSY, Mishap.REFUSED_CONNECTION])
    model.post("film", 1)
    model.engine.advance(100)
    assert model.revs() == [1]


def test_an_index_that_is_not_there_is_no_empty_one() -> None:
    model = Model()
    model.client.delete_index(INDEX)
    with pytest.raises(IndexMissingError):
        model.revs()
    with pytest.raises(IndexMissingError):
        model.post("film", 1)


def test_queries_are_evaluated_as_the_engine_would() -> None:
    model = Model()
    for asset_id, rev in (("a", 1), ("b", 2), ("c", 3), ("a", 4)):
        model.publish(asset_id, rev)
    assert model.revs() == [4, 3, 2, 1]
    assert model.revs("asset_id:a") == [4, 1]
    assert model.revs("rev:[2 TO 3]") == [3, 2]
    assert model.revs("rev:[1 TO 4] AND -rev:IN [1 3]") == [4, 2]
    assert model.revs("(asset_id:a OR asset_id:b) rev:[2 TO *]") == [4, 2]
    assert model.revs("rev:[1 TO 4]", sort_by="-rev", max_hits=2, start_offset=1) == [2, 3]
    answer = model.client.search(
        [INDEX],
        query="rev:[1 TO 4]",
        search_fields=["doc_id"],
        max_hits=0,
        aggs={"films": {"terms": {"field": "asset_id", "size": 2}}},
    )
    buckets = answer.aggregations["films"]["buckets"]
    assert answer.num_hits == 4
    assert [(each["key"], each["doc_count"]) for each in buckets] == [("a", 2), ("b", 1)]
