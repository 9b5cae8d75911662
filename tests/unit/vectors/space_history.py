"""A space of the database without a database: what came and went, and readers of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.vectors.faiss_library import faiss_library
from rushes.vectors.generations.manifest import IndexType, Manifest
from rushes.vectors.live.base import Base
from rushes.vectors.live.bits import packed
from rushes.vectors.live.catching_up import caught_up
from rushes.vectors.live.view import View
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.store import SpaceChange

SPACE = EmbeddingSpace(EmbeddingKind.TEXT, "history", "1", 4)
RUNS = 3


def unit(seed: int) -> NDArray[np.float32]:
    """(4,) of length one."""
    made = np.random.default_rng(seed).standard_normal(SPACE.dimension).astype(np.float32)
    return np.asarray(made / np.linalg.norm(made), np.float32)


@dataclass
class History:
    """Rows and tombstones as Postgres holds them; each step is committed at once."""

    rows: dict[str, SpaceChange] = field(default_factory=dict)
    tombstones: list[SpaceChange] = field(default_factory=list)
    seq: int = 0

    def insert(self, number: int) -> None:
        """A new row; one that stands stays as it is. One that comes again has another vector."""
        name = f"e{number}"
        if name not in self.rows:
            seq = self._next()
            vector = unit(seq).tobytes()
            self.rows[name] = SpaceChange(seq, name, f"run {number % RUNS}", vector)

    def delete(self, number: int) -> None:
        if self.rows.pop(f"e{number}", None) is not None:
            self.tombstones.append(SpaceChange(self._next(), f"e{number}", None, None))

    def prune(self, up_to: int) -> None:
        """As `prune_tombstones` does."""
        gone = [each for each in self.tombstones if each.horizon or each.seq <= up_to]
        if all(each.horizon for each in gone):
            return
        horizon = max([up_to, *(each.horizon or 0 for each in gone)])
        self.tombstones = [each for each in self.tombstones if each not in gone]
        self.tombstones.append(SpaceChange(self._next(), "", None, None, horizon))

    def latest(self) -> int:
        return max((each.seq for each in self._all()), default=0)

    def since(self, applied: int, most: int) -> list[SpaceChange]:
        return sorted((each for each in self._all() if each.seq > applied), key=_seq)[:most]

    def base(self, buried: int = 0) -> Base:
        """A generation of this moment, with as many vectors in it that went before."""
        dead = [SpaceChange(0, f"e{number}", "run 0", b"") for number in range(buried)]
        dead = [each for each in dead if each.embedding_id not in self.rows]
        return base_of([*dead, *self.rows.values()], len(dead), self.latest())

    def _all(self) -> list[SpaceChange]:
        return [*self.rows.values(), *self.tombstones]

    def _next(self) -> int:
        self.seq += 1
        return self.seq


class Reader:
    """Follows a history, `page` changes at a time; `meanwhile` happens after each page."""

    def __init__(self, history: History, page: int) -> None:
        self.history = history
        self.page = page
        self.newest: Base | None = None
        self.view = View.empty(SPACE)

    def begin_with(self, base: Base | None) -> None:
        self.newest = base or self.newest
        self.view = self._empty() if base is None else View.of(base)

    def poll(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        def read(applied: int, most: int) -> list[SpaceChange]:
            page = self.history.since(applied, most)
            meanwhile()
            return page

        self.view = caught_up(self.view, read, self._anew, self.page)

    def _anew(self, changes: Sequence[SpaceChange]) -> View:
        base = self.newest
        if base is None or View.of(base).has_missed(changes):
            return self._empty()
        return View.of(base)

    def _empty(self) -> View:
        return View.empty(SPACE, self.history.latest())


def base_of(rows: Sequence[SpaceChange], buried: int, applied_seq: int) -> Base:
    """The first `buried` of the rows are; they have the vectors of a seed of their own."""
    index = faiss_library().IndexFlatIP(SPACE.dimension)
    vectors = [np.frombuffer(each.vector or unit(0).tobytes(), "<f4") for each in rows]
    if vectors:
        index.add(np.stack(vectors))
    ids = np.array([each.embedding_id for each in rows] or [], "S8")
    order = np.argsort(ids, kind="stable").astype(np.int32)
    runs = sorted({each.run_id or "" for each in rows})
    run_of = np.array([runs.index(each.run_id or "") for each in rows], np.int32)
    flags = np.arange(len(rows)) < buried
    manifest = manifest_of(len(rows), buried, applied_seq)
    return Base(manifest, index, ids, order, run_of, tuple(runs), packed(flags))


def large_base(vectors: NDArray[np.float32], kind: IndexType) -> Base:
    """Every third buried, all but every tenth of the run "most"; of cells all are looked into."""
    faiss, count = faiss_library(), len(vectors)
    index = faiss.IndexFlatIP(SPACE.dimension)
    if kind is IndexType.IVF:
        index = faiss.IndexIVFFlat(index, SPACE.dimension, 16, faiss.METRIC_INNER_PRODUCT)
        index.train(vectors)
        index.make_direct_map(True)
    index.add(vectors)
    numbers = np.arange(count)
    cells = 16 if kind is IndexType.IVF else 0
    manifest = manifest_of(count, 0, 1, index_type=kind, nlist=cells, nprobe=cells)
    ids = np.array([f"e{number:07d}" for number in numbers], "S8")
    run_of = (numbers % 10 == 1).astype(np.int32)
    buried = packed(numbers % 3 == 0)
    return Base(manifest, index, ids, numbers.astype(np.int32), run_of, ("most", "few"), buried)


def manifest_of(count: int, tombstones: int, applied_seq: int, **changes: Any) -> Manifest:
    """Of a flat generation that has no files."""
    values: dict[str, Any] = {
        "name": f"g{applied_seq:020d}-00000000",
        "kind": SPACE.kind,
        "model": SPACE.model,
        "model_version": SPACE.model_version,
        "dimension": SPACE.dimension,
        "database": "none",
        "count": count,
        "tombstones": tombstones,
        "first_seq": 0,
        "applied_seq": applied_seq,
        "compacted_seq": applied_seq,
        "index_type": IndexType.FLAT,
        "nlist": 0,
        "nprobe": 0,
        "recall_at_10": 1.0,
        "id_bytes": 8,
        "files": {},
        "reason": "test",
        "created_at": datetime.now(UTC),
        "rushes_version": "0",
        "faiss_version": "0",
    }
    return Manifest(**values | changes)


def assert_equals_brute_force(view: View, rows: dict[str, SpaceChange], seed: int = 0) -> None:
    """Everything that stands is found, in the order of its scores, and nothing else is."""
    query = unit(seed)
    truth = {name: float(_vector(row) @ query) for name, row in rows.items()}
    assert view.count == len(truth)
    found = view.search(query, len(truth) + 20)
    assert {each.embedding_id for each in found} == set(truth)
    assert len(found) == len(truth)
    for each in found:
        assert abs(each.score - truth[each.embedding_id]) < 1e-5
        vector = view.vector(each.embedding_id)
        assert vector is not None
        assert np.array_equal(vector, _vector(rows[each.embedding_id]))
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True)
    few = view.search(query, 3)
    assert [each.score for each in few] == scores[: len(few)]
    assert len(few) == min(3, len(truth))
    of_run = {name for name, row in rows.items() if row.run_id == "run 1"}
    asked = view.search(query, len(truth) + 1, {"run 1", "no such run"})
    assert {each.embedding_id for each in asked} == of_run


def _vector(row: SpaceChange) -> NDArray[np.float32]:
    return np.frombuffer(row.vector or b"", "<f4")


def _seq(change: SpaceChange) -> int:
    return change.seq
