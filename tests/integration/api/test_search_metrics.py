"""What /metrics says of the search index."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, insert, text

from rushes.db.search_tables import (
    search_reconciliations,
    search_sync_failures,
    search_sync_queue,
)


def _numbers(client: TestClient) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        sample.name.removeprefix("rushes_search_"): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name.startswith("rushes_search_") and not sample.labels
    }


def test_the_outbox_is_told_at_each_scrape(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("delete from search_sync_queue"))
    before = _numbers(client)
    assert (before["queue_rows"], before["queue_oldest_seconds"]) == (0, 0)
    assert "drift" not in before
    at = datetime(2024, 5, 1, tzinfo=UTC)
    failure = {
        "index_name": "i",
        "attempts": 1,
        "error_code": "x",
        "error_text": "x",
        "is_dead": True,
    }
    with engine.begin() as connection:
        row = {"asset_id": "v1", "action": "UPSERT", "created_at": at}
        connection.execute(insert(search_sync_queue), [row, row, {**row, "asset_id": "v2"}])
        connection.execute(insert(search_sync_failures).values(asset_id="v1", **failure))
        compared = {"at": at, "films": 9, "stale": 1, "damaged": 2, "strange": 4}
        connection.execute(insert(search_reconciliations).values(compared))
    found = _numbers(client)
    assert found["queue_rows"] == 3
    assert found["queue_oldest_seconds"] > 3600
    assert (found["dead_failures"], found["waiting_failures"]) == (1, 0)
    assert found["drift"] == 7
    assert found["reconciled_timestamp_seconds"] == at.timestamp()


def test_without_the_database_the_scrape_still_answers(away: TestClient) -> None:
    assert _numbers(away) == {"status_readable": 0}
