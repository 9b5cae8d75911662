"""People whose faces went with their films."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from sqlalchemy import Connection, delete, select

from rushes.db.people_tables import face_assignments, people
from rushes.db.sql import load_sql
from rushes.library.repository import get_library
from rushes.people.fold import People, fold
from rushes.people.log import read_log
from rushes.people.options import options_of
from rushes.people.state import choose_exemplars, one_of

_HERE = Path(__file__).parent


def clusters_of_films(connection: Connection, asset_ids: Collection[str]) -> set[str]:
    """The clusters that faces of these films belong to, by machine or by hand."""
    faces = face_assignments
    query = select(faces.c.cluster_id, faces.c.split_id).where(
        faces.c.asset_id == one_of(asset_ids)
    )
    return {each for row in connection.execute(query.distinct()) for each in row if each}


def forget_cached_faces(connection: Connection, asset_ids: Collection[str]) -> None:
    """Take the vectors of these films' faces out of the embedding cache."""
    faces = face_assignments
    query = select(faces.c.artifact_id).where(faces.c.asset_id == one_of(asset_ids))
    found = list(connection.execute(query).scalars())
    if found:
        connection.execute(load_sql(_HERE, "forget_cached_vectors"), {"artifact_ids": found})


def settle_clusters(
    connection: Connection, library_slug: str, clusters: Collection[str]
) -> list[str]:
    """After faces of these clusters went: who has none left and was never spoken of goes too.

    The others get exemplars among the faces that are left. The caller holds the library's lock.
    Returns the ids that went.
    """
    if not clusters:
        return []
    said = fold(read_log(connection, library_slug))
    gone = remove_emptied(connection, library_slug, said)
    settings = get_library(connection, library_slug).settings
    left = set(clusters).difference(gone)
    choose_exemplars(connection, left, options_of(settings).exemplars_kept)
    return gone


def remove_emptied(connection: Connection, library_slug: str, said: People) -> list[str]:
    """Remove clusters without faces that nobody ever spoke of, as the log `said`."""
    faces = face_assignments
    is_used = (
        select(faces.c.artifact_id)
        .where(
            (faces.c.cluster_id == people.c.cluster_id) | (faces.c.split_id == people.c.cluster_id)
        )
        .exists()
    )
    named = said.touched() | set(said.gone) | set(said.gone.values())
    emptied = delete(people).where(
        people.c.library_slug == library_slug,
        ~is_used,
        people.c.cluster_id.not_in(sorted(named)),
    )
    return sorted(connection.execute(emptied.returning(people.c.cluster_id)).scalars())
