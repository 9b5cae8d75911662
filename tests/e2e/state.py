"""What Postgres and Dagster hold, in a form that JSON can carry."""

from __future__ import annotations

from typing import Any

import dagster as dg
from sqlalchemy import select

from orchestration.instance import open_instance
from orchestration.partitions import VIDEOS
from rushes.artifacts.selection import selected_runs
from rushes.db.analysis_tables import embeddings
from rushes.db.tables import artifacts, asset, runs
from rushes.pipeline.startup import open_context
from rushes.settings import get_settings
from tests.e2e.commands import STAGES

_COMPARED = (
    "artifact_type", "schema_version", "span_start_ms", "span_end_ms", "payload", "producer",
    "producer_version", "model_profile", "config_hash", "input_hash",
)  # fmt: skip
_OF_A_RUN = ("run_id", "stage", "status", "content_version", "attempt", "doc_id", "error_code")


def state() -> dict[str, Any]:
    """Films, runs, artifacts and selected runs by path, and the truth of Dagster's partitions."""
    with open_context().engine.connect() as connection:
        films = connection.execute(select(asset)).mappings().all()
        path_of = {film["asset_id"]: film["path"] for film in films}
        held = [
            {
                "path": path_of[row["asset_id"]],
                **{name: row[name] for name in _COMPARED},
                "payload": _without_ids(row["payload"]),
                "vector": bytes(row["vector"]).hex() if row["vector"] else None,
            }
            for row in connection.execute(
                select(artifacts, embeddings.c.vector).outerjoin(
                    embeddings, embeddings.c.artifact_id == artifacts.c.artifact_id
                )
            ).mappings()
        ]
        started = _runs(connection.execute(select(runs).order_by(runs.c.started_at)), path_of)
        chosen = _runs(connection.execute(select(selected_runs())), path_of)
    return {
        "films": {
            film["path"]: {
                name: film[name] for name in ("asset_id", "content_version", "state", "searchable")
            }
            for film in films
        },
        "runs": started,
        "selected": chosen,
        "artifacts": held,
        **_dagster(path_of),
    }


def _without_ids(payload: dict[str, Any]) -> dict[str, Any]:
    """Ids of vectors are made from the run's; the vector itself stands beside it."""
    return {name: value for name, value in payload.items() if name != "embedding_id"}


def _runs(rows: Any, path_of: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"path": path_of[row["asset_id"]], **{name: row[name] for name in _OF_A_RUN}}
        for row in rows.mappings()
    ]


def _dagster(path_of: dict[str, str]) -> dict[str, Any]:
    with open_instance(get_settings()) as instance:
        keys = instance.get_dynamic_partitions("videos")
        partitions: dict[str, dict[str, str]] = {}
        for stage in STAGES:
            found = instance.get_status_by_partition(dg.AssetKey(stage), keys, VIDEOS) or {}
            partitions[stage] = {
                path_of.get(key, key): status.value if status else "NONE"
                for key, status in found.items()
            }
        unfinished = [run.run_id for run in instance.get_runs() if not run.is_finished]
    return {"partitions": partitions, "unfinished_dagster_runs": unfinished}
