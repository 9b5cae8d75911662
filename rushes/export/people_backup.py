"""What was said about a library's people, in a form that a new analysis can be matched with."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select

from rushes.db.people_tables import people
from rushes.db.sql import load_sql
from rushes.export.records import (
    BOX_UNITS,
    ClusterRecord,
    FacesRecord,
    PlacedBox,
    Record,
    SaidRecord,
    SplitFacesRecord,
    VectorsRecord,
)
from rushes.export.said import clusters_named
from rushes.people.log import Action, Entry, read_log
from rushes.people.state import one_of

_HERE = Path(__file__).parent


def people_records(
    connection: Connection, library_slug: str, *, with_vectors: bool
) -> Iterator[Record]:
    """The log, and each cluster that it names with where its faces are."""
    entries = read_log(connection, library_slug)
    for entry in entries:
        yield SaidRecord(
            library=library_slug,
            entry=entry.entry_id,
            action=entry.action,
            payload=dict(entry.payload),
            author=entry.author,
            created_at=entry.created_at,
        )
    named = {each for entry in entries for each in clusters_named(entry.action, entry.payload)}
    yield from _clusters(connection, library_slug, sorted(named))
    yield from _split_faces(connection, library_slug, entries)
    if with_vectors:
        yield from _vectors(connection, library_slug, sorted(named))


def _clusters(
    connection: Connection, library_slug: str, cluster_ids: Sequence[str]
) -> Iterator[Record]:
    query = select(people).where(people.c.cluster_id == one_of(cluster_ids))
    for row in connection.execute(query.order_by(people.c.created_at, people.c.cluster_id)):
        yield ClusterRecord(
            library=library_slug,
            cluster_id=row.cluster_id,
            split_from=row.split_from,
            name=row.name,
        )
    faces = connection.execute(load_sql(_HERE, "backup_faces"), {"cluster_ids": list(cluster_ids)})
    for (cluster, content), rows in groupby(faces, lambda row: (row.cluster_id, row.content_hash)):
        boxes = sorted({_placed(row) for row in rows})
        yield FacesRecord(
            library=library_slug, cluster_id=cluster, content_hash=content, faces=boxes
        )


def _split_faces(
    connection: Connection, library_slug: str, entries: Sequence[Entry]
) -> Iterator[Record]:
    splits = [entry for entry in entries if entry.action is Action.SPLIT]
    wanted = sorted({face for entry in splits for face in entry.payload["artifact_ids"]})
    rows = connection.execute(load_sql(_HERE, "backup_split_faces"), {"artifact_ids": wanted})
    faces = {row.artifact_id: (row.content_hash, _placed(row)) for row in rows}
    for entry in splits:
        by_content: defaultdict[str, set[PlacedBox]] = defaultdict(set)
        for face in entry.payload["artifact_ids"]:
            if face in faces:
                content, box = faces[face]
                by_content[content].add(box)
        for content, boxes in sorted(by_content.items()):
            yield SplitFacesRecord(
                library=library_slug,
                entry=entry.entry_id,
                content_hash=content,
                faces=sorted(boxes),
            )


def _vectors(
    connection: Connection, library_slug: str, cluster_ids: Sequence[str]
) -> Iterator[Record]:
    rows = connection.execute(load_sql(_HERE, "backup_vectors"), {"cluster_ids": list(cluster_ids)})
    for key, same in groupby(
        rows, lambda row: (row.cluster_id, row.model, row.model_version, row.dimension)
    ):
        cluster, model, version, dimension = key
        yield VectorsRecord(
            library=library_slug,
            cluster_id=cluster,
            model=model,
            model_version=version,
            dimension=dimension,
            vectors=[base64.b64encode(row.vector).decode() for row in same],
        )


def _placed(row: Row[Any]) -> PlacedBox:
    """Span and box of a face; the box in parts of the frame, which may pass its edges."""
    box = row.bounding_box
    across, down = BOX_UNITS / row.frame_width, BOX_UNITS / row.frame_height
    return (
        row.span_start_ms,
        row.span_end_ms,
        round(box["x"] * across),
        round(box["y"] * down),
        round((box["x"] + box["width"]) * across),
        round((box["y"] + box["height"]) * down),
    )
