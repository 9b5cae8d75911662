"""All faces of a library grouped anew, where ids, names and what people said stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from rushes.artifacts.selection import selected_runs
from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType
from rushes.db.people_tables import face_assignments, people
from rushes.db.tables import asset
from rushes.errors import InvalidRequestError
from rushes.library.repository import get_library
from rushes.people.assignment import assignment_rows
from rushes.people.clusters import insert_cluster, new_cluster_id
from rushes.people.emptied import remove_emptied
from rushes.people.faces import Face, faces_of_runs
from rushes.people.fold import fold
from rushes.people.grouping import Group, group_tracks
from rushes.people.locking import lock_people
from rushes.people.log import read_log
from rushes.people.matching import Match
from rushes.people.options import ClusteringOptions, options_of
from rushes.people.recognition import is_recognition_on
from rushes.people.state import choose_exemplars, derive_again, follow_log, one_of
from rushes.people.tracks import Track, tracks_of


@dataclass(frozen=True, slots=True)
class ReclusterReport:
    """Counts: `faces` put to people, clusters `kept`, `founded` and `gone`."""

    library_slug: str
    faces: int
    kept: int
    founded: int
    gone: int


def recluster(connection: Connection, library_slug: str) -> ReclusterReport:
    """Group the faces of the selected runs anew, each space for itself, in one transaction.

    Clusters that somebody spoke of keep their faces and may gain others; the rest is grouped
    freely, and a new group takes the id of the former cluster that most of its faces were of.
    Raises NotFoundError `library_not_found`, InvalidRequestError `recognition_off`.
    """
    settings = get_library(connection, library_slug).settings
    if not is_recognition_on(settings):
        raise InvalidRequestError(
            f"face recognition is off in library {library_slug!r}",
            code="recognition_off",
            remedy=f"rushes people recognition {library_slug} on",
        )
    lock_people(connection, library_slug)
    return _Recluster(connection, library_slug, options_of(settings)).run()


class _Recluster:
    def __init__(
        self, connection: Connection, library_slug: str, options: ClusteringOptions
    ) -> None:
        self._connection = connection
        self._library_slug = library_slug
        self._options = options
        self._said = fold(read_log(connection, library_slug))
        self._spoken_of = self._said.touched()

    def run(self) -> ReclusterReport:
        before = self._clusters()
        run_ids = self._selected_runs()
        former = self._former_clusters(run_ids)
        rows: list[dict[str, Any]] = []
        for faces in faces_of_runs(self._connection, run_ids).values():
            rows += self._rows(faces, former)
        self._connection.execute(
            delete(face_assignments).where(face_assignments.c.run_id == one_of(run_ids))
        )
        if rows:
            self._connection.execute(insert(face_assignments), rows)
        follow_log(self._connection, self._library_slug, self._options.exemplars_kept)
        remove_emptied(self._connection, self._library_slug, self._said)
        after = self._clusters()
        choose_exemplars(self._connection, after, self._options.exemplars_kept)
        derive_again(self._connection, self._films())
        return ReclusterReport(
            self._library_slug,
            len(rows),
            len(before & after),
            len(after - before),
            len(before - after),
        )

    def _rows(self, faces: Sequence[Face], former: Mapping[str, str]) -> list[dict[str, Any]]:
        """New assignments of the faces of one space."""
        groups = group_tracks(self._tracks(faces, former), self._options)
        ids = kept_ids(groups, former, self._spoken_of)
        rows = []
        for index, group in enumerate(groups):
            cluster_id = group.anchor or ids.get(index)
            if cluster_id is None:
                if group.best_quality < self._options.min_founding_quality:
                    continue
                cluster_id = self._found()
            rows += assignment_rows(group, Match(cluster_id, 1.0), exemplars=0)
        return rows

    def _tracks(self, faces: Sequence[Face], former: Mapping[str, str]) -> list[Track]:
        good = [face for face in faces if face.quality >= self._options.min_quality]
        anchors = {face: each for face, each in former.items() if each in self._spoken_of}
        tracks: list[Track] = []
        for _, of_film in groupby(good, key=lambda face: face.asset_id):
            tracks += tracks_of(list(of_film), self._options, anchors)
        return tracks

    def _found(self) -> str:
        cluster_id = new_cluster_id()
        insert_cluster(self._connection, self._library_slug, cluster_id)
        return cluster_id

    def _selected_runs(self) -> list[str]:
        chosen = selected_runs(stages=[STAGE_OF_TYPE[ArtifactType.FACE_DETECTION]])
        query = (
            select(chosen.c.run_id)
            .join(asset, asset.c.asset_id == chosen.c.asset_id)
            .where(asset.c.library_slug == self._library_slug)
            .order_by(chosen.c.run_id)
        )
        return list(self._connection.execute(query).scalars())

    def _former_clusters(self, run_ids: Sequence[str]) -> dict[str, str]:
        faces = face_assignments
        query = select(
            faces.c.artifact_id, func.coalesce(faces.c.split_id, faces.c.cluster_id)
        ).where(faces.c.run_id == one_of(run_ids))
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def _clusters(self) -> set[str]:
        query = select(people.c.cluster_id).where(people.c.library_slug == self._library_slug)
        return set(self._connection.execute(query).scalars())

    def _films(self) -> list[str]:
        query = select(asset.c.asset_id).where(asset.c.library_slug == self._library_slug)
        return sorted(self._connection.execute(query).scalars())


def kept_ids(
    groups: Sequence[Group], former: Mapping[str, str], spoken_of: set[str]
) -> dict[int, str]:
    """The id that each group without an anchor goes on with, by index; new ones are left out.

    The greatest overlap comes first; an id goes to one group. What somebody spoke of has its own.
    """
    overlaps: Counter[tuple[int, str]] = Counter()
    for index, group in enumerate(groups):
        if group.anchor is None:
            clusters = (former.get(face.artifact_id) for face in group.faces)
            overlaps.update((index, each) for each in clusters if each and each not in spoken_of)
    kept: dict[int, str] = {}
    taken: set[str] = set()
    for (index, cluster_id), _ in sorted(overlaps.items(), key=lambda each: (-each[1], each[0])):
        if index not in kept and cluster_id not in taken:
            kept[index] = cluster_id
            taken.add(cluster_id)
    return kept
