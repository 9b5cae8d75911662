"""Where an artifact comes from: its whole envelope, its run, and what stands in for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.repository import ArtifactRepository
from rushes.db.sql import load_sql
from rushes.errors import NotFoundError

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The run that made an artifact. `timings` in seconds."""

    run_id: str
    asset_id: str
    content_version: int
    stage: str
    origin: str
    status: str
    model_profile: str
    producer: str
    producer_version: str
    config_hash: str
    input_hash: str
    language: str | None
    doc_id: str | None
    dagster_run_id: str | None
    attempt: int
    started_at: datetime
    finished_at: datetime | None
    counts: dict[str, Any]
    timings: dict[str, float]


@dataclass(frozen=True, slots=True)
class Provenance:
    """An artifact, its run, and its place among the others.

    `answers`: it is shown by the film's stored policy. `is_current`: it is of the film's present
    content.
    """

    artifact: ArtifactEnvelope
    run: RunFacts
    is_current: bool
    answers: bool
    replaces: tuple[str, ...]
    replaced_by: tuple[str, ...]


def get_artifact(
    connection: Connection, repository: ArtifactRepository, artifact_id: str
) -> ArtifactEnvelope:
    """The artifact of that id, or NotFoundError `artifact_not_found`."""
    found = repository.get(connection, artifact_id)
    if found is None:
        raise _no_artifact(artifact_id)
    return found


def provenance(
    connection: Connection, repository: ArtifactRepository, artifact_id: str
) -> Provenance:
    """Where that artifact comes from, or NotFoundError `artifact_not_found`."""
    artifact = get_artifact(connection, repository, artifact_id)
    query = load_sql(_HERE, "provenance")
    row = connection.execute(query, {"artifact_id": artifact_id}).mappings().first()
    if row is None:  # deleted since it was read
        raise _no_artifact(artifact_id)
    facts = {name: row[name] for name in RunFacts.__dataclass_fields__}
    return Provenance(
        artifact,
        RunFacts(**facts),
        is_current=row["is_current"],
        answers=bool(row["is_chosen"] and not row["replaced_by"]),
        replaces=tuple(row["replaces"]),
        replaced_by=tuple(row["replaced_by"]),
    )


def _no_artifact(artifact_id: str) -> NotFoundError:
    return NotFoundError(
        f"there is no artifact {artifact_id!r}",
        code="artifact_not_found",
        remedy="take an artifact_id from an answer; a run that is deleted takes its own along",
    )
