"""Generations for tests: small, each with content that its seq alone decides."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.documents.durable import CrashPoints, no_crash_points
from rushes.vectors.faiss_library import faiss_library
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import IndexType, Manifest
from rushes.vectors.generations.recovery import Origin, recovered
from rushes.vectors.generations.verification import verify
from rushes.vectors.generations.writing import Draft, write_generation
from rushes.vectors.live.base import Base
from rushes.vectors.live.bits import packed
from rushes.vectors.space import EmbeddingSpace

SPACE = EmbeddingSpace(EmbeddingKind.TEXT, "a model", "1", 16)
DATABASE = "a database"
COUNT = 300
CELLS = 4
FAR_SEQ = 10**6
_TICK_SECONDS = 0.01
"""Longer than the clock of a file system takes for its next tick."""


def vectors_of(seq: int, count: int = COUNT) -> np.ndarray[Any, np.dtype[np.float32]]:
    """float32 (count, dimension), each of length one."""
    made = np.random.default_rng(seq).standard_normal((count, SPACE.dimension), np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def draft(
    seq: int, *, count: int = COUNT, kind: IndexType = IndexType.FLAT, **changes: Any
) -> Draft:
    """Everything in it tells `seq`; every fifth position is buried."""
    made = Draft(
        space=SPACE,
        index=_index(vectors_of(seq, count), kind),
        ids=[f"{position * (7919 + seq) % 99991:05d}-{seq}" for position in range(count)],
        run_of=(np.arange(count, dtype=np.int32) + seq) % 3,
        run_ids=[f"run {each} of {seq}" for each in range(3)],
        buried=packed(np.arange(count) % 5 == seq % 5),
        first_seq=1,
        applied_seq=seq,
        compacted_seq=seq,
        index_type=kind,
        nlist=CELLS if kind is IndexType.IVF else 0,
        nprobe=CELLS if kind is IndexType.IVF else 0,
        recall_at_10=1.0,
        recall_curve=(),
        flat_milliseconds=None,
        database=DATABASE,
        reason="test",
    )
    return replace(made, **changes)


def publish(
    folder: SpaceFolder, made: Draft, crash_points: CrashPoints = no_crash_points
) -> Manifest:
    """Write it as a builder does."""
    with folder.locked():
        return write_generation(folder, made, crash_points=crash_points)


def two_generations(root: Path, kind: IndexType = IndexType.FLAT) -> tuple[SpaceFolder, str, str]:
    """A folder with stamped generations of seq 1 and 2, and their names."""
    folder = SpaceFolder(root, SPACE)
    names = [publish(folder, draft(seq, kind=kind)).name for seq in (1, 2)]
    for name in names:
        verify(folder, name, clock=much_later)
        assert folder.stamp(name).exists()
    time.sleep(_TICK_SECONDS)  # what a test changes next gets another ctime
    return folder, names[0], names[1]


def much_later() -> int:
    """A clock that makes every file an old one."""
    return time.time_ns() + 10**10


def recover(folder: SpaceFolder) -> tuple[Base | None, list[tuple[str, str]]]:
    """What a start finds, and what it tells of damage."""
    told: list[tuple[str, str]] = []

    def tell(name: str, what: str) -> None:
        told.append((name, what))

    return recovered(folder, Origin(DATABASE, lambda: FAR_SEQ), tell, tell), told


def assert_holds(base: Base | None, made: Draft) -> None:
    """All of the draft is there, nothing else is."""
    assert base is not None
    everywhere = np.arange(len(made.ids))
    assert base.manifest.applied_seq == made.applied_seq
    assert base.ids_at(everywhere.tolist()) == list(made.ids)
    if len(everywhere):
        expected = vectors_of(made.applied_seq, len(everywhere))
        assert np.array_equal(base.vectors_at(everywhere), expected)
    assert np.array_equal(base.run_of, made.run_of)
    assert base.run_ids == tuple(made.run_ids)
    assert np.array_equal(base.buried, made.buried)
    found = base.positions(made.ids)
    assert sorted(found.tolist()) == everywhere.tolist()


def boundaries(work: Callable[[CrashPoints], object]) -> list[str]:
    """The names of all boundaries that `work` passes, in order."""
    passed: list[str] = []
    work(passed.append)
    return passed


def _index(vectors: np.ndarray[Any, np.dtype[np.float32]], kind: IndexType) -> Any:
    faiss = faiss_library()
    flat = faiss.IndexFlatIP(SPACE.dimension)
    if kind is IndexType.FLAT:
        flat.add(vectors)
        return flat
    index = faiss.IndexIVFFlat(flat, SPACE.dimension, CELLS, faiss.METRIC_INNER_PRODUCT)
    index.cp.min_points_per_centroid = 1
    index.train(vectors_of(0))
    index.add(vectors)
    return index
