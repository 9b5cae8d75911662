"""The clusters of a backup take back their faces, by where those are in the same films."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row

from rushes.db.sql import load_sql
from rushes.export.anchors import Anchors
from rushes.export.contents import LibraryPart
from rushes.export.face_votes import MatchedFace
from rushes.people.faces import relative_box

_HERE = Path(__file__).parent


@dataclass(slots=True)
class FoundFaces:
    """The faces of the backup's contents with their anchors, and those that its splits name."""

    matched: list[MatchedFace] = field(default_factory=list)
    of_splits: dict[int, list[str]] = field(default_factory=dict)
    """Number of the split in the backup -> artifact ids here."""


def find_faces(
    connection: Connection,
    library_slug: str,
    part: LibraryPart,
    clusters: Collection[str],
    least_overlap: float,
) -> FoundFaces:
    """All faces of the library in films that the backup knows the faces of.

    `clusters` are those that may get faces: nobody who was erased. `least_overlap` is an IoU.
    """
    anchors = Anchors(
        [
            (each.content_hash, each.cluster_id, each.faces)
            for each in part.faces
            if each.cluster_id in clusters
        ],
        least_overlap,
    )
    splits = {
        each.entry: Anchors(
            [
                (of.content_hash, True, of.faces)
                for of in part.split_faces
                if of.entry == each.entry
            ],
            least_overlap,
        )
        for each in part.split_faces
    }
    contents = anchors.contents.union(
        part.definition.contents_with_faces, *(each.contents for each in splits.values())
    )
    found, of_splits = FoundFaces(), defaultdict[int, list[str]](list)
    for row in _faces(connection, library_slug, contents):
        place = (
            row.content_hash,
            row.span_start_ms,
            row.span_end_ms,
            relative_box(dict(row._mapping)),
        )
        found.matched.append(MatchedFace(row.artifact_id, row.cluster_id, anchors.key_at(*place)))
        for entry, named in splits.items():
            if named.key_at(*place):
                of_splits[entry].append(row.artifact_id)
    found.of_splits = dict(of_splits)
    return found


def _faces(
    connection: Connection, library_slug: str, contents: Collection[str]
) -> Sequence[Row[Any]]:
    parameters = {"library_slug": library_slug, "contents": sorted(contents)}
    return connection.execute(load_sql(_HERE, "library_faces"), parameters).all()


class FaceMover:
    """Moves faces to clusters, and knows what has to be derived anew for it."""

    def __init__(self, connection: Connection, named: Collection[str]) -> None:
        self._connection = connection
        self._named = named
        self._films: set[str] = set()
        self._clusters: set[str] = set()
        self.moved = 0

    @property
    def films(self) -> list[str]:
        """The films whose faces moved."""
        return sorted(self._films)

    @property
    def clusters(self) -> list[str]:
        """The clusters that got or lost faces."""
        return sorted(self._clusters)

    def move_single(self, target: Mapping[str, str], cluster_of: Callable[[str], str]) -> None:
        """Each face to its cluster; `cluster_of` tells where it was."""
        by_target: defaultdict[str, list[str]] = defaultdict(list)
        for face, cluster in target.items():
            by_target[cluster].append(face)
            self._clusters.add(cluster_of(face))
        for cluster, faces in sorted(by_target.items()):
            self._move("move_faces", cluster, {"artifact_ids": faces})

    def move_whole(self, target: Mapping[str, str]) -> None:
        """All faces of each cluster to another."""
        for cluster, to in sorted(target.items()):
            self._clusters.add(cluster)
            self._move("move_cluster", to, {"from_cluster": cluster})

    def remove_emptied(self) -> None:
        """Clusters that lost all faces and that nobody ever spoke of."""
        emptied = [each for each in self.clusters if each not in self._named]
        self._connection.execute(load_sql(_HERE, "remove_empty_clusters"), {"cluster_ids": emptied})

    def _move(self, statement: str, cluster: str, parameters: dict[str, Any]) -> None:
        moved = self._connection.execute(
            load_sql(_HERE, statement), {"to_cluster": cluster, **parameters}
        ).scalars()
        films = list(moved)
        self._films.update(films)
        self._clusters.add(cluster)
        self.moved += len(films)
