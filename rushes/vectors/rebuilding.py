"""A space's generation made anew from Postgres, with all that belongs to it."""

from __future__ import annotations

import logging

from sqlalchemy import Engine

from rushes.db.reading import reading
from rushes.errors import StorageError
from rushes.vectors.building.build import build_under_lock
from rushes.vectors.building.rows import Progress
from rushes.vectors.events import IndexEvent, damages, note
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import Manifest
from rushes.vectors.options import IndexOptions
from rushes.vectors.pruning import prunable_seq, prune_tombstones
from rushes.vectors.purging import generations_holding_space

log = logging.getLogger(__name__)


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
    _forget_the_dead(folder)
    holding = generations_holding_space(engine, folder)
    _doubt_what_is_told(engine, folder)
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


def _forget_the_dead(folder: SpaceFolder) -> None:
    """With the lock held nobody writes; what died may have held erased vectors."""
    try:
        folder.remove_leftovers()
    except StorageError as error:
        log.warning("%s: leftovers are still there: %s", folder.space.key, error)


def _doubt_what_is_told(engine: Engine, folder: SpaceFolder) -> None:
    """What any process found to be damaged is not kept to fall back to."""
    names = [(folder.space.key, name) for name in folder.names()]
    with reading(engine) as connection:
        found = damages(connection, folder.path.parent, names)
    folder.doubted.update(name for _, name in found)
