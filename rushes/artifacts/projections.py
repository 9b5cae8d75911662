"""Projections: tables derived from artifacts, each by one SQL statement.

That statement runs in the artifacts' own transaction; run over all runs of a film it is the
rebuild; run into an empty copy of the table it is what `verify` compares with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table, delete, func, select

from rushes.artifacts.vocabulary import ArtifactType
from rushes.db.analysis_tables import object_labels, ocr_fts, place_labels, video_locations
from rushes.db.people_tables import face_clusters
from rushes.db.sql import load_sql
from rushes.db.tables import runs, scene_ranges, transcript_fts

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Projection:
    """One derived table and the artifact type it is made from."""

    table: Table
    artifact_type: ArtifactType

    @property
    def name(self) -> str:
        return self.table.name


PROJECTIONS: Final[tuple[Projection, ...]] = (
    Projection(transcript_fts, ArtifactType.TRANSCRIPT_SEGMENT),
    Projection(scene_ranges, ArtifactType.SCENE),
    Projection(video_locations, ArtifactType.VIDEO_METADATA),
    Projection(object_labels, ArtifactType.OBJECT_DETECTION),
    Projection(place_labels, ArtifactType.PLACE_CLASSIFICATION),
    Projection(ocr_fts, ArtifactType.OCR_TEXT),
    Projection(face_clusters, ArtifactType.FACE_DETECTION),
)


def projection(name: str) -> Projection:
    """The projection of that table name; KeyError where there is none."""
    return {each.name: each for each in PROJECTIONS}[name]


def project_runs(connection: Connection, run_ids: Sequence[str]) -> None:
    """Derive every projection of these runs; rows that stand already are left."""
    for each in PROJECTIONS:
        _derive(connection, each, run_ids)


def rebuild(connection: Connection, each: Projection, asset_ids: Sequence[str]) -> int:
    """Make the projection of these films anew. Returns the number of rows."""
    connection.execute(delete(each.table).where(each.table.c.asset_id.in_(asset_ids)))
    _derive(connection, each, _runs_of(connection, asset_ids))
    count = select(func.count()).where(each.table.c.asset_id.in_(asset_ids))
    return int(connection.execute(count).scalar_one())


def verify(connection: Connection, each: Projection, asset_ids: Sequence[str]) -> int:
    """How many rows differ between the table and a fresh derivation, for these films.

    The derivation runs inside a savepoint that is rolled back, so nothing changes.
    """
    columns = [column for column in each.table.c if column.computed is None]
    stored = select(*columns).where(each.table.c.asset_id.in_(asset_ids))
    before = set(map(tuple, connection.execute(stored).all()))
    savepoint = connection.begin_nested()
    try:
        rebuild(connection, each, asset_ids)
        fresh = set(map(tuple, connection.execute(stored).all()))
    finally:
        savepoint.rollback()
    return len(before ^ fresh)


def _derive(connection: Connection, each: Projection, run_ids: Sequence[str]) -> None:
    connection.execute(load_sql(_HERE, each.name), {"run_ids": list(run_ids)})


def _runs_of(connection: Connection, asset_ids: Sequence[str]) -> list[str]:
    statement = select(runs.c.run_id).where(
        runs.c.asset_id.in_(asset_ids), runs.c.status == "completed"
    )
    return list(connection.execute(statement).scalars())
