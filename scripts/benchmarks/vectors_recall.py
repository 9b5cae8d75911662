"""How many of the true ten nearest held-out questions find, and from which size on cells pay."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rushes.vectors.building.index_types import make_index
from rushes.vectors.building.options import BuildOptions
from rushes.vectors.faiss_library import faiss_library
from scripts.benchmarks.report import Figure
from scripts.benchmarks.vectors_clients import MOST
from scripts.benchmarks.vectors_made import Rows
from scripts.benchmarks.vectors_opened import Opened

TARGET: Final = 0.95
TIMED: Final = 50
"""Questions of which a search is timed."""
EQUAL: Final = 1e-5
"""Scores so close are of equal vectors."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The score of the tenth of the true nearest of each question."""

    questions: Rows
    tenth: NDArray[np.float32]

    @classmethod
    def of(cls, blocks: Iterable[Rows], questions: Rows) -> Truth:
        """All vectors compared, block by block, without an index."""
        best = np.full((len(questions), MOST), -np.inf, np.float32)
        for rows in blocks:
            scores = questions @ rows.T
            most = min(MOST, scores.shape[1])
            top = np.partition(scores, scores.shape[1] - most, axis=1)[:, -most:]
            best = -np.sort(-np.hstack([best, top]), axis=1)[:, :MOST]
        return cls(questions, best[:, -1])

    def recall(self, scores: Sequence[Sequence[float]]) -> float:
        """0..1; `scores`: of what was found, a row a question."""
        found = [
            sum(score >= tenth - EQUAL for score in row)
            for row, tenth in zip(scores, self.tenth, strict=True)
        ]
        return float(np.mean(found)) / MOST


def measure(opened: Opened, truth: Truth, *, promised: bool) -> list[Figure]:
    """Of the live search at the chosen setting; the curve is printed."""
    view, name = opened.live.caught_up(), opened.built.name
    recall = truth.recall([[each.score for each in view.search(q, MOST)] for q in truth.questions])
    _print_curve(opened, truth)
    title = f"{name}: recall@10 of {len(truth.questions)} held-out questions"
    if not promised:
        return [Figure(title, recall)]
    return [Figure.at_least(title, recall, TARGET)]


def crossover(name: str, rows: Rows, questions: Rows, sizes: Sequence[int]) -> list[Figure]:
    """A search among the first vectors, flat and by cells that reach the target, on one thread."""
    found = []
    for size in sizes:
        some = rows[:size]
        flat = _flat(some)
        made = make_index(some, BuildOptions(flat_limit=0, recall_target=TARGET))
        flat_ms = _milliseconds(flat, questions, None)
        found.append(Figure(f"{name}, {size:,}: flat", flat_ms, "ms"))
        if made.nprobe:
            parameters = faiss_library().SearchParametersIVF(nprobe=made.nprobe)
            cells = f"{made.nprobe} of {made.nlist} cells"
            ms = _milliseconds(made.index, questions, parameters)
            found.append(Figure(f"{name}, {size:,}: {cells}", ms, "ms"))
        for each in found[-2:]:
            print(each.line(), flush=True)
    return found


def _print_curve(opened: Opened, truth: Truth) -> None:
    chosen = opened.built.manifest
    for point in chosen.recall_curve:
        parameters = faiss_library().SearchParametersIVF(nprobe=point.nprobe)
        scores, _ = opened.base.index.search(truth.questions, MOST, params=parameters)
        ms = _milliseconds(opened.base.index, truth.questions, parameters)
        mark = "  <- chosen" if point.nprobe == chosen.nprobe else ""
        print(
            f"{opened.built.name}: nprobe {point.nprobe:>4} of {chosen.nlist}: recall@10"
            f" {truth.recall(scores.tolist()):.3f} held out, {point.recall:.3f} of its own,"
            f" {ms:.2f} ms{mark}",
            flush=True,
        )


def _flat(rows: Rows) -> Any:
    index = faiss_library().IndexFlatIP(rows.shape[1])
    index.add(rows)
    return index


def _milliseconds(index: Any, questions: Rows, parameters: Any) -> float:
    times = []
    for query in questions[:TIMED]:
        before = time.perf_counter()
        index.search(query[None, :], MOST, params=parameters)
        times.append((time.perf_counter() - before) * 1e3)
    return median(times)
