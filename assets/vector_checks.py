"""Gates of the vector indexes, each of one space: what an operator must see before trusting one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from sqlalchemy import Connection

from assets.vector_index import VECTOR_INDEX
from orchestration.partitions import VECTOR_SPACES
from orchestration.step_failures import failing_by_code
from resources.vectors import VectorsResource
from rushes.db.reading import reading
from rushes.db.sql import load_sql
from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.options import IndexOptions, SavePolicy
from rushes.vectors.space import space_parameters

if TYPE_CHECKING:
    from rushes.vectors.generations.folder import SpaceFolder
    from rushes.vectors.live.base import Base

RECALL_TARGET = 0.95
"""recall@10 below which a setting finds too little."""
_QUERIES = 100
_COMPARED = 2_000
"""Vectors of a generation whose bytes are compared; all ids are."""
_SEVERAL_SAVES = 3
_SHORTEST_AGE = timedelta(minutes=10)
_HERE = Path(__file__).parent

Found = dg.AssetCheckResult
Judge = Callable[[VectorsResource, "SpaceFolder", str], Found]
"""(resource, folder of the space, its current generation) -> what was found."""


GATES: dict[str, Judge] = {}
"""The checks by name, for who evaluates them without a run for each partition."""


def judged(judge: Judge, vectors: VectorsResource, folder: "SpaceFolder") -> Found:
    """What is damaged does not pass; a space without files does, since it is read from Postgres
    until it has some.
    """
    try:
        name = folder.read_current()
        if name is None:
            return Found(passed=True, metadata={"generation": "none yet"})
        return judge(vectors, folder, name)
    except GenerationDamagedError as error:
        return Found(passed=False, metadata={"code": error.code, "why": str(error)})


def _check(description: str) -> Callable[[Judge], dg.AssetChecksDefinition]:
    """A check of the generation that answers for a partition."""

    def checked(judge: Judge) -> dg.AssetChecksDefinition:
        @dg.asset_check(
            asset=VECTOR_INDEX,
            name=judge.__name__,
            partitions_def=VECTOR_SPACES,
            description=description,
        )
        def evaluate(
            context: dg.AssetCheckExecutionContext, vectors: VectorsResource
        ) -> dg.AssetCheckResult:
            with failing_by_code():
                return judged(judge, vectors, vectors.folder(context.partition_key))

        GATES[judge.__name__] = judge
        return evaluate

    return checked


@_check("The generation and what came since hold just the embeddings that Postgres has.")
def generation_equals_embeddings(
    vectors: VectorsResource, folder: "SpaceFolder", name: str
) -> dg.AssetCheckResult:
    """All ids are compared, and the values of some vectors. What differs is built anew."""
    from rushes.vectors.verifying import compared, difference, note_damage

    found = compared(vectors.engine, folder, name, _COMPARED)
    if not found.is_equal:
        note_damage(vectors.engine, folder, name, difference(found))
    return Found(
        passed=found.is_equal,
        metadata={
            "generation": name,
            "missing": found.missing,
            "surplus": found.surplus,
            "differing": found.differing,
            "embeddings": found.count,
            "vectors compared": found.checked,
            **({"for example": ", ".join(found.examples)} if found.examples else {}),
            **({"outdated": True} if found.is_outdated else {}),
        },
    )


@_check(f"recall@10 of the space's own vectors against flat is at least {RECALL_TARGET}.")
def recall_at_10(vectors: VectorsResource, folder: "SpaceFolder", name: str) -> dg.AssetCheckResult:
    """Measured now, with the setting that searches use."""
    from rushes.vectors.building.recall import measured_recall

    base = _opened(folder, name)
    measured = measured_recall(base, queries=_QUERIES)
    return Found(
        passed=measured.recall_at_10 >= RECALL_TARGET,
        metadata={
            "generation": name,
            "recall@10": round(measured.recall_at_10, 4),
            "when it was made": round(base.manifest.recall_at_10, 4),
            "queries": measured.queries,
            "ms a search": round(measured.milliseconds, 3),
            "nprobe": base.manifest.nprobe,
        },
    )


@_check("What came since the files were made is not older than the save policy allows.")
def generation_age(
    vectors: VectorsResource, folder: "SpaceFolder", name: str
) -> dg.AssetCheckResult:
    """A warning: nothing is lost, a start takes longer."""
    base, allowed = _opened(folder, name), longest_wait(vectors.options)
    with reading(vectors.engine) as connection:
        oldest = _oldest_unsaved(connection, base)
    waited = timedelta() if oldest is None else datetime.now(UTC) - oldest
    return Found(
        passed=allowed is None or waited <= allowed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "generation": name,
            "policy": vectors.options.save.value,
            "oldest change waits, seconds": round(waited.total_seconds()),
            "allowed, seconds": "any" if allowed is None else round(allowed.total_seconds()),
        },
    )


@_check("Deleted vectors are less than what warns of a rebuild.")
def tombstones(vectors: VectorsResource, folder: "SpaceFolder", name: str) -> dg.AssetCheckResult:
    """A warning from eight tenths of the limit; at the limit a rebuild is overdue."""
    from rushes.vectors.status import WARN_AT

    (status,) = [each for each in vectors.status() if each.key == folder.space.key]
    limit = vectors.options.tombstone_ratio
    is_over = status.tombstone_ratio >= limit
    return Found(
        passed=status.tombstone_ratio < WARN_AT * limit,
        severity=dg.AssetCheckSeverity.ERROR if is_over else dg.AssetCheckSeverity.WARN,
        metadata={
            "generation": name,
            "tombstones": status.tombstones_in_files + status.tombstones_since,
            "share": round(status.tombstone_ratio, 4),
            "warned from": round(WARN_AT * limit, 4),
            "rebuilt from": limit,
        },
    )


@_check("All files of all kept generations are what was written, byte for byte.")
def files_verify(vectors: VectorsResource, folder: "SpaceFolder", name: str) -> dg.AssetCheckResult:
    """An error for the generation that answers, which is then built anew; a warning for others."""
    from rushes.vectors.verifying import damage_of, note_damage

    names = folder.names()
    damages = {each: damage_of(folder, each) for each in names}
    damaged = {each: what for each, what in damages.items() if what is not None}
    if name in damaged:
        note_damage(vectors.engine, folder, name, damaged[name])
    is_bad = name in damaged
    return Found(
        passed=not damaged,
        severity=dg.AssetCheckSeverity.ERROR if is_bad else dg.AssetCheckSeverity.WARN,
        metadata={"generations": ", ".join(names), "damaged": len(damaged), **damaged},
    )


def longest_wait(options: IndexOptions) -> timedelta | None:
    """How long a change may wait for a save; None where saves are a person's."""
    if options.save is SavePolicy.MANUAL:
        return None
    if options.save is SavePolicy.IMMEDIATE:
        return _SHORTEST_AGE
    return max(_SHORTEST_AGE, _SEVERAL_SAVES * timedelta(seconds=options.save_seconds))


def _opened(folder: "SpaceFolder", name: str) -> "Base":
    from rushes.vectors.generations.opening import open_generation

    return open_generation(folder, name)


def _oldest_unsaved(connection: Connection, base: "Base") -> datetime | None:
    parameters: dict[str, Any] = {
        **space_parameters(base.manifest.space),
        "applied": base.manifest.applied_seq,
    }
    found: datetime | None = connection.execute(
        load_sql(_HERE, "oldest_unsaved"), parameters
    ).scalar()
    return found


VECTOR_CHECKS = [
    files_verify,
    generation_equals_embeddings,
    recall_at_10,
    tombstones,
    generation_age,
]
