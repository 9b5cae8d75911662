"""How each space's index stands: its files, what came since, and whether it needs to be rebuilt.

Told from Postgres and the manifests; no index is opened, and files are hashed only on demand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine

from rushes.db.reading import kept, reading
from rushes.vectors.anchors import holds
from rushes.vectors.building.database import database_identity, last_seq
from rushes.vectors.events import HappenedEvent, IndexEvent, damages, recent
from rushes.vectors.generations.manifest import IndexType
from rushes.vectors.inspecting import FolderFacts, inspect_folder, leftover_folders
from rushes.vectors.options import IndexOptions
from rushes.vectors.purging import generations_holding
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.store import read_spaces

WARN_AT: Final = 0.8
"""Of a limit: from there on a person is warned."""
_FAULTS: Final = (IndexEvent.DAMAGED, IndexEvent.FAILED)
_FAULTS_TOLD: Final = 10
_HERE = Path(__file__).parent


class RebuildReason(StrEnum):
    """Why a generation has to be built anew."""

    DAMAGED = "damaged"
    MISSING = "missing"
    OTHER_DATABASE = "other_database"
    PRUNED = "pruned"
    """Tombstones that it has not applied are there no more; it can be read only as a whole anew."""
    ERASED = "erased"
    TOMBSTONES = "tombstones"
    DELTA = "delta"


@dataclass(frozen=True, slots=True)
class SpaceStatus:
    """`space` None: a folder that tells no longer whose it is.

    `embeddings`: in Postgres. `count`: vectors in the files, of which `tombstones_in_files` were
    buried when they were written, and `tombstones_since` went after. `tombstone_ratio`: both of
    `count`, 0..1. `delta`: embeddings that came since and stand; `behind_by`: changes since, all
    of them replayed at start. `bytes`: of the folder. `saved_at`: when the generation was written.
    `compacted`: whether nothing that was deleted by then is in its bytes. `failures`: the newest
    first.
    """

    key: str
    space: EmbeddingSpace | None
    embeddings: int
    generation: str | None
    index_type: IndexType | None
    count: int
    tombstones_in_files: int
    tombstones_since: int
    tombstone_ratio: float
    delta: int
    behind_by: int
    bytes: int
    saved_at: datetime | None
    compacted: bool
    recall_at_10: float | None
    previous: tuple[str, ...]
    failures: tuple[HappenedEvent, ...]
    needs_rebuild: RebuildReason | None
    damage: str | None
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Database:
    identity: str
    last_seq: int
    holding: frozenset[str]
    damages: Mapping[tuple[str, str], str]
    """What processes found when they read a current generation in full, in this place."""


def read_status(
    engine: Engine, root: Path, options: IndexOptions, *, verify: bool = False
) -> list[SpaceStatus]:
    """Every space that has embeddings, and every folder that is left of one that has none.

    `verify`: also hash the files of the current generations; else sizes and events tell of damage.
    """
    with reading(engine) as connection:
        spaces = read_spaces(connection)
    # Without a connection, since it may take long.
    folders = [inspect_folder(root, space, verify=verify) for space in spaces]
    folders += leftover_folders(root, {space.key for space in spaces}, verify=verify)
    with reading(engine) as connection:
        # After the manifests: what they hold was committed before they were published.
        database = _Database(
            database_identity(connection),
            last_seq(connection),
            frozenset(generations_holding(root, connection)),
            damages(connection, root, [(each.key, each.current or "") for each in folders]),
        )
        counts = _counts(connection, folders)
        return [
            _status(connection, each, count, database, options)
            for each, count in zip(folders, counts, strict=True)
        ]


def _counts(connection: Connection, folders: Sequence[FolderFacts]) -> Sequence[Any]:
    """A row a folder, all of one moment; zeros where the space is not known."""
    parameters: dict[str, list[Any]] = {
        "kinds": [each.space.kind.value if each.space else "" for each in folders],
        "models": [each.space.model if each.space else "" for each in folders],
        "model_versions": [each.space.model_version if each.space else "" for each in folders],
        "dimensions": [each.space.dimension if each.space else 0 for each in folders],
        "applied": [each.manifest.applied_seq if each.manifest else 0 for each in folders],
    }
    return kept(_HERE, "count_since").rows(connection, parameters)


def _status(
    connection: Connection,
    folder: FolderFacts,
    counted: Any,
    database: _Database,
    options: IndexOptions,
) -> SpaceStatus:
    manifest = folder.manifest
    is_ours = (
        manifest is not None
        and manifest.database == database.identity
        and manifest.applied_seq <= database.last_seq
        # The mark goes with the tombstones that were pruned.
        and (counted.is_cut_off or holds(connection, manifest.space, manifest.anchor))
    )
    failures = tuple(recent(connection, folder.key, _FAULTS_TOLD, _FAULTS))
    damage = folder.damage or database.damages.get((folder.key, folder.current or ""))
    count = 0 if manifest is None else manifest.count
    buried = 0 if manifest is None else manifest.tombstones
    # What the files hold and Postgres does not: whatever was added and went since is not in it.
    gone = max(count - (counted.total - counted.since), buried) if is_ours else buried
    made = SpaceStatus(
        key=folder.key,
        space=folder.space,
        embeddings=counted.total,
        generation=folder.current,
        index_type=None if manifest is None else manifest.index_type,
        count=count,
        tombstones_in_files=buried,
        tombstones_since=gone - buried,
        tombstone_ratio=gone / count if count else 0.0,
        delta=counted.since if is_ours or manifest is None else 0,
        behind_by=counted.since + counted.buried_since if is_ours or manifest is None else 0,
        bytes=folder.bytes,
        saved_at=None if manifest is None else manifest.created_at,
        compacted=manifest is not None and manifest.compacted_seq == manifest.applied_seq,
        recall_at_10=None if manifest is None else manifest.recall_at_10,
        previous=folder.previous,
        failures=failures,
        needs_rebuild=None,
        damage=damage,
        warnings=(),
    )
    is_held = any(each.startswith(f"{folder.key}/") for each in database.holding)
    facts = {
        RebuildReason.OTHER_DATABASE: folder.current is not None and not is_ours,
        RebuildReason.PRUNED: is_ours and counted.is_cut_off,
        RebuildReason.ERASED: is_held,
    }
    reason = None if made.space is None else _reason(made, options, facts)
    return replace(made, needs_rebuild=reason, warnings=_warnings(made, options))


def _reason(
    found: SpaceStatus, options: IndexOptions, facts: dict[RebuildReason, bool]
) -> RebuildReason | None:
    has_files = found.generation is not None
    tests = {
        RebuildReason.DAMAGED: found.damage is not None,
        RebuildReason.MISSING: not has_files and found.embeddings > 0,
        **facts,
        RebuildReason.TOMBSTONES: found.tombstone_ratio >= options.tombstone_ratio,
        RebuildReason.DELTA: found.delta >= options.delta_limit,
    }
    return next((reason for reason, holds in tests.items() if holds), None)


def _warnings(found: SpaceStatus, options: IndexOptions) -> tuple[str, ...]:
    told = []
    if found.tombstone_ratio >= WARN_AT * options.tombstone_ratio:
        told.append(
            f"{found.tombstone_ratio:.1%} of its vectors are deleted ones; it is rebuilt at "
            f"{options.tombstone_ratio:.0%}"
        )
    if found.delta >= WARN_AT * options.delta_limit:
        told.append(
            f"{found.delta} vectors are not in its files; it is rebuilt at {options.delta_limit}"
        )
    if found.space is None:
        told.append(f"the folder {found.key} does not tell which vectors it holds; remove it")
    elif not found.embeddings:
        told.append("no embedding is left of this space; its folder may be removed")
    return tuple(told)
