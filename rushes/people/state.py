"""The table `people` and the splits of faces, made to follow the log in its own transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    CollectionAggregate,
    Connection,
    Text,
    any_,
    bindparam,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from rushes.artifacts.projections import projection, rebuild
from rushes.db.people_tables import face_assignments, people
from rushes.db.sql import load_sql
from rushes.people.clusters import insert_cluster
from rushes.people.fold import People, fold
from rushes.people.log import read_log

_HERE = Path(__file__).parent
_FILMS_AT_ONCE = 200


def follow_log(connection: Connection, library_slug: str, exemplars_kept: int) -> People:
    """Bring a library's people, splits and projection up to its log. Only what differs changes.

    The caller holds the library's lock. Returns what the log says.
    """
    said = fold(read_log(connection, library_slug))
    _add_split_clusters(connection, library_slug, said)
    moved_faces, clusters = _follow_splits(connection, library_slug, said)
    moved_clusters = _follow_people(connection, library_slug, said)
    if clusters:
        choose_exemplars(connection, clusters, exemplars_kept)
    derive_again(connection, _films_of(connection, moved_clusters, moved_faces))
    return said


def derive_again(connection: Connection, asset_ids: Sequence[str]) -> None:
    """The rows of `face_clusters` of these films, from how things stand now."""
    each = projection("face_clusters")
    for first in range(0, len(asset_ids), _FILMS_AT_ONCE):
        rebuild(connection, each, asset_ids[first : first + _FILMS_AT_ONCE])


def choose_exemplars(connection: Connection, cluster_ids: Collection[str], kept: int) -> None:
    """Make the best `kept` faces of each cluster and space its exemplars, and no others."""
    parameters = {"cluster_ids": sorted(cluster_ids), "kept": kept}
    connection.execute(load_sql(_HERE, "choose_exemplars"), parameters)


def one_of(texts: Iterable[str]) -> CollectionAggregate[Any]:
    """`column == one_of(texts)`: one parameter, however many there are."""
    return any_(literal(list(texts), ARRAY(Text)))


def _add_split_clusters(connection: Connection, library_slug: str, said: People) -> None:
    known = set(_clusters(connection, library_slug))
    for cluster_id, source in said.split_from.items():
        if cluster_id not in known:
            insert_cluster(connection, library_slug, cluster_id, split_from=source)


def _follow_splits(
    connection: Connection, library_slug: str, said: People
) -> tuple[list[str], set[str]]:
    """Set `split_id` of every face. Returns the faces that changed and the clusters concerned."""
    faces = face_assignments
    of_library = select(people.c.cluster_id).where(people.c.library_slug == library_slug)
    query = select(faces.c.artifact_id, faces.c.cluster_id, faces.c.split_id).where(
        faces.c.cluster_id.in_(of_library),
        or_(faces.c.split_id.is_not(None), faces.c.artifact_id == one_of(said.face_splits)),
    )
    changed: list[dict[str, Any]] = []
    clusters: set[str] = set()
    for row in connection.execute(query):
        wanted = said.face_splits.get(row.artifact_id)
        if wanted != row.split_id:
            changed.append({"face": row.artifact_id, "split": wanted})
            clusters |= {row.split_id or row.cluster_id, wanted or row.cluster_id}
    if changed:
        connection.execute(
            update(faces)
            .where(faces.c.artifact_id == bindparam("face"))
            .values(split_id=bindparam("split")),
            changed,
        )
    return [row["face"] for row in changed], clusters


def _follow_people(connection: Connection, library_slug: str, said: People) -> list[str]:
    """Set person, name and hiding of every cluster. Returns those whose faces look different."""
    query = select(people).where(people.c.library_slug == library_slug)
    moved, changed = [], []
    for row in connection.execute(query):
        cluster_id = row.cluster_id
        person, hidden = said.person_of(cluster_id), said.is_hidden(cluster_id)
        name = said.name_of(cluster_id)
        if (person, hidden) != (row.effective_id, row.hidden):
            moved.append(cluster_id)
        if (person, hidden, name) != (row.effective_id, row.hidden, row.name):
            changed.append({"id": cluster_id, "person": person, "called": name, "hide": hidden})
    if changed:
        connection.execute(
            update(people)
            .where(people.c.cluster_id == bindparam("id"))
            .values(
                effective_id=bindparam("person"),
                name=bindparam("called"),
                hidden=bindparam("hide"),
            ),
            changed,
        )
    return moved


def _films_of(
    connection: Connection, cluster_ids: Sequence[str], artifact_ids: Sequence[str]
) -> list[str]:
    faces = face_assignments
    query = select(faces.c.asset_id).where(
        or_(
            faces.c.cluster_id == one_of(cluster_ids),
            faces.c.split_id == one_of(cluster_ids),
            faces.c.artifact_id == one_of(artifact_ids),
        )
    )
    return sorted(connection.execute(query.distinct()).scalars())


def _clusters(connection: Connection, library_slug: str) -> list[str]:
    query = select(people.c.cluster_id).where(people.c.library_slug == library_slug)
    return list(connection.execute(query).scalars())
