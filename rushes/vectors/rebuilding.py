"""A space's generation made anew from Postgres, with all that belongs to it."""

from __future__ import annotations

from sqlalchemy import Engine

from rushes.vectors.building.build import build_under_lock
from rushes.vectors.building.rows import Progress
from rushes.vectors.events import IndexEvent, note
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import Manifest
from rushes.vectors.options import IndexOptions
from rushes.vectors.pruning import prunable_seq, prune_tombstones
from rushes.vectors.purging import generations_holding_space


def rebuild(
    engine: Engine,
    folder: SpaceFolder,
    options: IndexOptions,
    *,
    reason: str,
    progress: Progress | None = None,
) -> Manifest:
    """Build a generation, publish it, and forget what no kept generation needs any more.

    The previous generation stays, unless it may hold vectors that were erased for good. Readers
    of all processes pick the new one up while they serve. Waits for whoever else writes. Raises
    IndexBuildError, StorageError, SQLAlchemy's errors.
    """
    with folder.locked():
        return rebuild_under_lock(engine, folder, options, reason=reason, progress=progress)


def rebuild_under_lock(
    engine: Engine,
    folder: SpaceFolder,
    options: IndexOptions,
    *,
    reason: str,
    progress: Progress | None = None,
) -> Manifest:
    """`rebuild` for who holds the folder's lock already."""
    holding = generations_holding_space(engine, folder)
    manifest = build_under_lock(
        engine,
        folder,
        options.build,
        reason=reason,
        progress=progress,
        keep_previous=not holding,
    )
    told = f"{manifest.count} vectors, {manifest.index_type}: {reason}"
    if holding:
        told += f"; in place of {len(holding)} that may have held erased vectors"
    root, key = folder.path.parent, folder.space.key
    note(engine, key, IndexEvent.BUILT, told, root=root, generation=manifest.name)
    if (seq := prunable_seq(folder)) is not None:
        prune_tombstones(engine, folder.space, seq)
    return manifest
