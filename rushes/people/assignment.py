"""A new run's faces are put to the people of its library. Nobody known is moved for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select

from rushes.artifacts.projections import project_runs
from rushes.db.people_tables import face_assignments, people
from rushes.db.tables import asset, libraries, runs
from rushes.errors import NotFoundError
from rushes.people.clusters import insert_cluster, new_cluster_id
from rushes.people.faces import Face, faces_of_runs
from rushes.people.fold import fold
from rushes.people.grouping import Group, group_tracks
from rushes.people.locking import lock_people
from rushes.people.log import read_log
from rushes.people.matching import KnownPeople, Match, known_people
from rushes.people.options import ClusteringOptions, options_of
from rushes.people.positions import Places, earlier_faces
from rushes.people.recognition import is_recognition_on
from rushes.people.tracks import tracks_of
from rushes.vectors.space import EmbeddingSpace


@dataclass(frozen=True, slots=True)
class AssignmentReport:
    """What became of a run's embedded faces.

    `assigned` of `faces` belong to a person now, the rest were too poor to tell; `joined` are the
    clusters that were known before, `founded` the new ones. `repeated`: it was done before.
    `recognised`: false where the library's face recognition is off.
    """

    run_id: str
    faces: int = 0
    assigned: int = 0
    joined: tuple[str, ...] = ()
    founded: tuple[str, ...] = ()
    repeated: bool = False
    recognised: bool = True


def assign_faces(connection: Connection, run_id: str) -> AssignmentReport:
    """Put a run's faces to people, in the transaction that writes its artifacts and embeddings.

    Other runs of the library wait until that transaction ends. Done again for the same run it
    does nothing. NotFoundError where there is no such run.
    """
    library_slug, settings = _library_of(connection, run_id)
    if not is_recognition_on(settings):
        return AssignmentReport(run_id, recognised=False)
    lock_people(connection, library_slug)
    standing = _count(connection, run_id)
    if standing:
        return AssignmentReport(run_id, standing, standing, repeated=True)
    options = options_of(settings)
    by_space = faces_of_runs(connection, [run_id])
    assignment = _Assignment(connection, library_slug, run_id, options)
    for space, faces in by_space.items():
        assignment.put(space, [face for face in faces if face.quality >= options.min_quality])
    project_runs(connection, [run_id])
    return assignment.report(sum(map(len, by_space.values())))


class _Assignment:
    def __init__(
        self, connection: Connection, library_slug: str, run_id: str, options: ClusteringOptions
    ) -> None:
        self._connection = connection
        self._library_slug = library_slug
        self._run_id = run_id
        self._options = options
        self._places = Places(earlier_faces(connection, run_id), options)
        self._spoken_of = fold(read_log(connection, library_slug)).touched()
        self._assigned = 0
        self._joined: list[str] = []
        self._founded: list[str] = []

    def put(self, space: EmbeddingSpace, faces: Sequence[Face]) -> None:
        """The faces of one space."""
        at_place = {
            face.artifact_id: cluster
            for face in faces
            if (cluster := self._places.cluster_at(face)) is not None
        }
        # What somebody spoke of is not for the machine to join anew; the rest it may.
        anchors = {face: each for face, each in at_place.items() if each in self._spoken_of}
        groups = group_tracks(tracks_of(faces, self._options, anchors), self._options)
        known = known_people(self._connection, self._library_slug, space, self._options)
        matches = known.matches(groups, votes(groups, at_place), self._people_of_clusters())
        for index, group in enumerate(groups):
            self._write(group, matches.get(index), known)

    def report(self, faces: int) -> AssignmentReport:
        return AssignmentReport(
            self._run_id,
            faces,
            self._assigned,
            tuple(dict.fromkeys(self._joined)),
            tuple(self._founded),
        )

    def _write(self, group: Group, match: Match | None, known: KnownPeople) -> None:
        if match is None and group.best_quality < self._options.min_founding_quality:
            return
        if match is None:
            match = Match(self._found(), 1.0)
        else:
            self._joined.append(match.cluster_id)
        room = self._options.exemplars_kept - known.exemplars(match.cluster_id)
        rows = assignment_rows(group, match, max(0, min(self._options.exemplars_added, room)))
        self._connection.execute(insert(face_assignments), rows)
        self._assigned += len(rows)

    def _found(self) -> str:
        cluster_id = new_cluster_id()
        insert_cluster(self._connection, self._library_slug, cluster_id)
        self._founded.append(cluster_id)
        return cluster_id

    def _people_of_clusters(self) -> dict[str, str]:
        query = select(people.c.cluster_id, people.c.effective_id).where(
            people.c.library_slug == self._library_slug
        )
        return {row.cluster_id: row.effective_id for row in self._connection.execute(query)}


def votes(groups: Sequence[Group], cluster_of: Mapping[str, str]) -> dict[int, str]:
    """The cluster that most faces of a group were of, by the groups' index; none: left out."""
    found = {}
    for index, group in enumerate(groups):
        counted = Counter(
            cluster_of[face.artifact_id] for face in group.faces if face.artifact_id in cluster_of
        )
        if counted:
            found[index] = counted.most_common(1)[0][0]
    return found


def assignment_rows(group: Group, match: Match, exemplars: int) -> list[dict[str, Any]]:
    """Rows of `face_assignments` for a group; so many of its best faces are exemplars."""
    best = sorted(group.faces, key=lambda face: (-face.quality, face.artifact_id))[:exemplars]
    chosen = {face.artifact_id for face in best}
    return [
        {
            "artifact_id": face.artifact_id,
            "asset_id": face.asset_id,
            "run_id": face.run_id,
            "cluster_id": match.cluster_id,
            "confidence": min(fit, max(0.0, match.score)),
            "is_exemplar": face.artifact_id in chosen,
        }
        for face, fit in group.fits()
    ]


def _library_of(connection: Connection, run_id: str) -> tuple[str, Mapping[str, Any]]:
    query = (
        select(libraries.c.slug, libraries.c.settings)
        .join(asset, asset.c.library_slug == libraries.c.slug)
        .join(runs, runs.c.asset_id == asset.c.asset_id)
        .where(runs.c.run_id == run_id)
    )
    row = connection.execute(query).first()
    if row is None:
        raise NotFoundError(f"there is no run {run_id!r}")
    return row.slug, row.settings


def _count(connection: Connection, run_id: str) -> int:
    query = select(func.count()).where(face_assignments.c.run_id == run_id)
    return int(connection.execute(query).scalar_one())
