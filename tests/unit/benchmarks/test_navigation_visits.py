"""What a request visited, counted in the plans that Postgres told of its statements."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.benchmarks.navigation_plans import Visits
from scripts.benchmarks.navigation_requests import REQUESTS, Asked
from scripts.benchmarks.navigation_visits import Scan, Statement, rows_in

CAPTURED: dict[str, Any] = {
    "Query Text": "select ... from transcript_fts where ...",
    "Plan": {
        "Node Type": "Limit", "Actual Rows": 1.0, "Actual Loops": 1,
        "Shared Hit Blocks": 90, "Shared Read Blocks": 4,
        "Plans": [
            {
                "Node Type": "Seq Scan", "Relation Name": "replaced_artifacts",
                "Subplan Name": "InitPlan 2", "Actual Rows": 0.0, "Actual Loops": 3,
                "Rows Removed by Filter": 26,
            },
            {
                "Node Type": "Bitmap Heap Scan", "Relation Name": "transcript_fts",
                "Actual Rows": 9.5, "Actual Loops": 2, "Rows Removed by Filter": 1,
                "Rows Removed by Index Recheck": 3,
                "Plans": [
                    {
                        "Node Type": "BitmapAnd", "Actual Rows": 0.0, "Actual Loops": 2,
                        "Plans": [
                            {
                                "Node Type": "Bitmap Index Scan", "Index Name": "ix_words",
                                "Actual Rows": 19.0, "Actual Loops": 2,
                            },
                            {
                                "Node Type": "Bitmap Index Scan", "Index Name": "ix_run",
                                "Actual Rows": 273.0, "Actual Loops": 2,
                            },
                        ],
                    }
                ],
            },
            {
                "Node Type": "CTE Scan", "CTE Name": "walk", "Actual Rows": 900.0,
                "Actual Loops": 1,
            },
            {
                "Node Type": "Index Scan", "Relation Name": "runs", "Actual Rows": 0,
                "Actual Loops": 0,
            },
        ],
    },
}  # fmt: skip
ASKED = Asked("GET", "/", {}, None, {})


def test_all_rows_given_and_thrown_away_count_in_every_loop() -> None:
    found = Statement.of(CAPTURED)
    assert found.scans[0] == Scan("Seq Scan", "replaced_artifacts", 78)


def test_a_bitmap_counts_by_the_largest_of_its_indexes_and_not_twice() -> None:
    found = Statement.of(CAPTURED)
    assert found.scans[1] == Scan("Bitmap Heap Scan", "transcript_fts", 546)
    assert found.visited == 78 + 546


def test_a_plan_tells_the_blocks_of_the_whole_statement_and_its_text() -> None:
    found = Statement.of(CAPTURED)
    assert (found.blocks, found.query) == (94, CAPTURED["Query Text"])


@pytest.mark.parametrize(("answered", "holds"), [(26, False), (27, True)])
def test_twenty_rows_for_each_answered_and_a_hundred_more_may_be_visited(
    answered: int, holds: bool
) -> None:
    assert Visits("r", ASKED, answered, (Statement.of(CAPTURED),), ()).holds is holds


def test_a_large_table_that_is_read_whole_is_too_much_whatever_is_answered() -> None:
    assert not Visits("r", ASKED, 1_000, (Statement.of(CAPTURED),), ("artifacts",)).holds


def test_an_answer_has_the_rows_that_it_names_and_the_entries_of_its_lists() -> None:
    jump = {"jump_to": {"start_ms": 0, "end_ms": 5}, "artifact_ids": ["a", "b", "c"]}
    assert rows_in(jump) == 3
    assert rows_in({"results": [{"artifact_ids": ["a", "b"]}, {"artifact_ids": []}]}) == 3
    assert rows_in({"artifacts": [{"payload": {"words": [1, 2, 3]}}, {"payload": {}}]}) == 2
    assert rows_in({"code": "no_match"}) == 0


def test_requests_have_different_names_and_those_with_a_promise_a_statement_by_hand() -> None:
    assert len({each.name for each in REQUESTS}) == len(REQUESTS)
    assert all(each.statement for each in REQUESTS if each.promise is not None)
