"""A generation of everything that Postgres holds of a space."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Engine

from rushes.db.reading import reading
from rushes.documents.durable import CrashPoints, no_crash_points
from rushes.vectors.anchors import plant
from rushes.vectors.building.database import database_identity
from rushes.vectors.building.failures import index_errors
from rushes.vectors.building.index_types import MadeIndex, make_index
from rushes.vectors.building.options import BuildOptions
from rushes.vectors.building.rows import Progress, SpaceRows, read_rows
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import Manifest
from rushes.vectors.generations.writing import Draft, write_generation
from rushes.vectors.live.bits import no_bits


def build_generation(
    engine: Engine,
    folder: SpaceFolder,
    options: BuildOptions,
    *,
    reason: str,
    progress: Progress | None = None,
    keep_previous: bool = True,
    crash_points: CrashPoints = no_crash_points,
) -> Manifest:
    """Read all, make the index that its size and its vectors ask for, and publish it.

    Waits for whoever writes generations of the space. Nothing that was deleted before it begins is
    in any byte of it. `keep_previous` False: all other generations are removed once it stands, so
    that what was erased is in none. IndexBuildError, StorageError and SQLAlchemy's errors leave
    what is published as it is.
    """
    with folder.locked():
        return build_under_lock(
            engine,
            folder,
            options,
            reason=reason,
            progress=progress,
            keep_previous=keep_previous,
            crash_points=crash_points,
        )


def build_under_lock(
    engine: Engine,
    folder: SpaceFolder,
    options: BuildOptions,
    *,
    reason: str,
    progress: Progress | None = None,
    keep_previous: bool = True,
    crash_points: CrashPoints = no_crash_points,
) -> Manifest:
    """`build_generation` for who holds the folder's lock already."""
    with reading(engine) as connection:
        database = database_identity(connection)
        page_rows = options.page_rows(folder.space.dimension)
        rows = read_rows(connection, folder.space, page_rows, progress)
    anchor = plant(engine, folder.space, rows.applied_seq)
    crash_points("rows read")
    with index_errors(folder.space):
        made = make_index(rows.vectors, options)
    crash_points("index made")
    draft = replace(_draft(folder, rows, made, database, reason), anchor=anchor)
    manifest = write_generation(folder, draft, crash_points=crash_points)
    if not keep_previous:
        folder.remove([name for name in folder.names() if name != manifest.name])
    return manifest


def _draft(
    folder: SpaceFolder, rows: SpaceRows, made: MadeIndex, database: str, reason: str
) -> Draft:
    return Draft(
        space=folder.space,
        index=made.index,
        ids=rows.ids,
        run_of=rows.run_of,
        run_ids=rows.run_ids,
        buried=no_bits(len(rows.ids)),
        first_seq=rows.first_seq,
        applied_seq=rows.applied_seq,
        compacted_seq=rows.applied_seq,
        index_type=made.index_type,
        nlist=made.nlist,
        nprobe=made.nprobe,
        recall_at_10=made.recall_at_10,
        recall_curve=made.recall_curve,
        flat_milliseconds=made.flat_milliseconds,
        database=database,
        reason=reason,
    )
