"""People of a backup found again by their faces alone, where no place in a film tells."""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from rushes import people
from rushes.db.sql import load_sql
from rushes.errors import InvalidRequestError
from rushes.export.records import VectorsRecord
from rushes.people.faces import Vector, unit
from rushes.people.likeness import Likeness
from rushes.people.options import ClusteringOptions

_PEOPLE = Path(people.__file__).parent

Space = tuple[str, str, int]
"""Model, its version and the dimension: what makes two vectors comparable."""


def alike(
    connection: Connection,
    library_slug: str,
    lost: Iterable[VectorsRecord],
    candidates: Callable[[str], bool],
    options: ClusteringOptions,
) -> dict[str, str]:
    """Cluster of now -> the lost cluster that it is most like; unlike ones are left out.

    Compared are only vectors of the same model. A cluster goes to one lost one, the best first.
    """
    by_space: defaultdict[Space, list[VectorsRecord]] = defaultdict(list)
    for record in lost:
        by_space[record.model, record.model_version, record.dimension].append(record)
    scored: list[tuple[float, str, str]] = []
    for space, records in by_space.items():
        known = _known(connection, library_slug, space, candidates, options)
        for record in records:
            scored += [
                (score, record.cluster_id, cluster)
                for score, cluster in known.at_least(_mean(record), options.threshold)
            ]
    found: dict[str, str] = {}
    for _, lost_cluster, cluster in sorted(scored, key=lambda each: (-each[0], *each[1:])):
        found.setdefault(cluster, lost_cluster)
    return found


def _known(
    connection: Connection,
    library_slug: str,
    space: Space,
    candidates: Callable[[str], bool],
    options: ClusteringOptions,
) -> Likeness[str]:
    model, model_version, dimension = space
    known: Likeness[str] = Likeness(dimension, options.exemplars_compared)
    rows = connection.execute(
        load_sql(_PEOPLE, "exemplars"),
        {
            "library_slug": library_slug,
            "model": model,
            "model_version": model_version,
            "dimension": dimension,
        },
    )
    for row in rows:
        if candidates(row.cluster_id):
            known.add(row.cluster_id, unit(np.frombuffer(row.vector, dtype="<f4")))
    return known


def _mean(record: VectorsRecord) -> Vector:
    vectors = [_vector(record, text) for text in record.vectors]
    return unit(np.mean(vectors, axis=0, dtype=np.float32))


def _vector(record: VectorsRecord, text: str) -> Vector:
    try:
        vector = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4")
    except (binascii.Error, ValueError) as error:
        raise _no_vector(record) from error
    if len(vector) != record.dimension or not np.isfinite(vector).all():
        raise _no_vector(record)
    return unit(vector)


def _no_vector(record: VectorsRecord) -> InvalidRequestError:
    return InvalidRequestError(
        f"the backup has a vector of {record.cluster_id} that is none", code="backup_damaged"
    )


def lost_clusters(
    records: Iterable[VectorsRecord],
    live: Collection[str],
    seen_people: Collection[str],
    person_of: Callable[[str], str],
) -> list[VectorsRecord]:
    """The vectors of those whose person has no face here."""
    return [
        each
        for each in records
        if each.vectors
        and each.cluster_id in live
        and person_of(each.cluster_id) not in seen_people
    ]
