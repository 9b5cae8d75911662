"""What a test sees of a database, in words that hold in every database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, func, select, text

from rushes.artifacts.projections import projection, verify
from rushes.db.people_tables import face_assignments, people
from rushes.db.schema import metadata
from rushes.db.tables import artifacts, asset
from rushes.export.backup import write_backup
from rushes.export.restore import restore_backup
from rushes.export.restore_report import RestoreReport
from tests.integration.people.people_making import SECOND, Seen, add_film, add_run, payload, scene

Place = tuple[str, int, float]
"""Content, start in ms, left edge in pixels: the same face in every analysis."""
Person = tuple[str | None, bool, frozenset[Place]]
"""Name, hidden, and where the person is seen."""

ANN, BOB, EVE, DAN = 1, 2, 3, 4
CAST = {
    "one": scene(ANN, 0, 3) + scene(BOB, 2, 5, place=2) + scene(EVE, 8, 9),
    "two": scene(EVE, 0, 3) + scene(ANN, 6, 9) + scene(DAN, 6, 9, place=1),
}


def empty_all(engine: Engine) -> None:
    """Another machine: nothing is known."""
    with engine.begin() as connection:
        # No trigger and no reference holds it up: far faster than a truncation.
        connection.execute(text("set local session_replication_role = replica"))
        for table in metadata.sorted_tables:
            connection.execute(delete(table))


def backed_up(engine: Engine, folder: Path, **options: Any) -> Path:
    """A backup of the database."""
    file = folder / "backup.jsonl"
    write_backup(engine, file, **options)
    return file


def restored(engine: Engine, file: Path, **options: Any) -> RestoreReport:
    """What a restoration reports."""
    return restore_backup(engine, file, "tester", **options)


def left_edge(place: int) -> float:
    """Of a face at that place, in pixels."""
    return float(payload(Seen(0, 0, place))["bounding_box"]["x"])


def analyse(
    engine: Engine, casts: Mapping[str, Sequence[Seen]], model: str = "sface"
) -> dict[str, str]:
    """Films with faces, new where they are not known. Film -> run."""
    found = {}
    with engine.begin() as connection:
        known = set(connection.execute(select(asset.c.asset_id)).scalars())
        for film, faces in casts.items():
            if film not in known:
                add_film(connection, film)
            found[film] = add_run(connection, film, faces, model).run_id
    return found


def persons(engine: Engine) -> set[Person]:
    """Everybody who has a face, hidden people too."""
    with engine.connect() as connection:
        rows = {row.cluster_id: row for row in connection.execute(select(people))}
    return {
        (rows[cluster].name, rows[cluster].hidden, frozenset(places))
        for cluster, places in seen_at(engine).items()
    }


def seen_at(engine: Engine) -> dict[str, set[Place]]:
    """Person -> all places where the person is seen."""
    faces = face_assignments
    cluster = func.coalesce(faces.c.split_id, faces.c.cluster_id)
    query = (
        select(
            people.c.effective_id,
            asset.c.content_hash,
            artifacts.c.span_start_ms,
            artifacts.c.payload,
        )
        .join(faces, cluster == people.c.cluster_id)
        .join(artifacts, artifacts.c.artifact_id == faces.c.artifact_id)
        .join(asset, asset.c.asset_id == artifacts.c.asset_id)
    )
    found: defaultdict[str, set[Place]] = defaultdict(set)
    with engine.connect() as connection:
        for person, content, start, face in connection.execute(query):
            found[person].add((content, start, face["bounding_box"]["x"]))
    return found


def names(engine: Engine) -> dict[str, int]:
    """The names of those who have faces, and how many places each has."""
    return {name: len(of) for name, _, of in persons(engine) if name is not None}


def is_derived(engine: Engine) -> bool:
    """Whether the projection of faces is what follows from people and log."""
    with engine.connect() as connection:
        films = list(connection.execute(select(asset.c.asset_id)).scalars())
        return verify(connection, projection("face_clusters"), films) == 0


def everything(engine: Engine) -> dict[str, set[str]]:
    """All rows of all tables."""
    found = {}
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            rows = connection.execute(text(f"select each::text from {table.name} each"))
            found[table.name] = set(rows.scalars())
    return found


def cluster_at(engine: Engine, film: str, second: int, place: int = 0) -> str:
    """Who is to be seen there."""
    (found,) = (
        cluster
        for cluster, places in seen_at(engine).items()
        if (f"hash-{film}", SECOND * second, left_edge(place)) in places
    )
    return found
