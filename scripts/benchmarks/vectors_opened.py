"""A generation that was built as the pipeline builds it, verified, and searched live."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import psutil

from rushes.vectors.building.build import build_generation
from rushes.vectors.building.options import BuildOptions
from rushes.vectors.faiss_library import faiss_library
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import INDEX, IndexType, Manifest
from rushes.vectors.generations.opening import open_generation
from rushes.vectors.generations.verification import verify
from rushes.vectors.live.base import Base
from rushes.vectors.live.live_index import LiveIndex
from rushes.vectors.live.view import Neighbour
from scripts.benchmarks.vectors_clients import MOST, Query, Search
from scripts.benchmarks.vectors_data import Data, Filled
from scripts.benchmarks.vectors_made import Rows

SETTLED_SECONDS: Final = 2.5
"""A file that changed later than that before a check is not remembered as verified."""


@dataclass(frozen=True, slots=True)
class Built:
    """On disk, verified. `questions`: float32 (n, dimension), none of them in it."""

    data: Data
    filled: Filled
    folder: SpaceFolder
    manifest: Manifest
    questions: Rows
    build_seconds: float

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.filled.space.model} {self.manifest.index_type}"

    @property
    def index_file(self) -> Path:
        """FAISS's own."""
        return self.folder.generation(self.manifest.name) / INDEX

    def told(self) -> str:
        """One line about it."""
        kept = self.manifest
        cells = f" {kept.nlist} cells, nprobe {kept.nprobe}," if kept.nlist else ""
        return (
            f"{self.name}: {kept.count:,} x {kept.dimension},{cells} recall@10 of its own vectors"
            f" {kept.recall_at_10:.3f}, {kept.size / 1e9:.2f} GB, built in"
            f" {self.build_seconds:.0f} s"
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """The same, mapped and caught up."""

    built: Built
    base: Base
    live: LiveIndex

    def live_search(self) -> Callable[[Query], Sequence[Neighbour]]:
        """What a client calls."""
        live = self.live

        def search(query: Query) -> Sequence[Neighbour]:
            with live.searching() as view:
                return view.search(query, MOST)

        return search

    def bare_search(self) -> Search:
        """FAISS alone on the same index, mapped and set the same, without a lock."""
        return bare_search(self.base.index, self.base.manifest)


def bare_search(index: Any, manifest: Manifest) -> Search:
    """With the cells that the manifest names."""
    parameters = None
    if manifest.index_type is IndexType.IVF:
        parameters = faiss_library().SearchParametersIVF(nprobe=manifest.nprobe)

    def search(query: Query) -> object:
        return index.search(query[None, :], MOST, params=parameters)

    return search


def build(data: Data, filled: Filled, questions: Rows, *, flat_limit: int | None = None) -> Built:
    """With the settings as they come; `flat_limit` 0 asks for cells whatever the size."""
    options = BuildOptions.of(data.settings)
    if flat_limit is not None:
        options = replace(options, flat_limit=flat_limit)
    folder = SpaceFolder(data.settings.vectors_root, filled.space)
    began = time.perf_counter()
    manifest = build_generation(data.engine, folder, options, reason="benchmark")
    seconds = time.perf_counter() - began
    time.sleep(SETTLED_SECONDS)
    verify(folder, manifest.name)
    built = Built(data, filled, folder, manifest, questions, seconds)
    print(built.told(), flush=True)
    return built


def opened(built: Built) -> Opened:
    """In this process."""
    base = open_generation(built.folder, built.manifest.name)
    live = LiveIndex(built.data.engine, built.filled.space, lambda: base)
    live.begin_with(base)
    return Opened(built, base, live)


def cpu_of(data: Data) -> Callable[[], float]:
    """Seconds that this process and its Postgres have worked."""
    server = psutil.Process(int((_cluster(data) / "postmaster.pid").read_text().split()[0]))

    def seconds() -> float:
        backends = sum(_seconds_of(each) for each in server.children())
        return time.process_time() + backends

    return seconds


def _cluster(data: Data) -> Path:
    (found,) = data.folder.rglob("postmaster.pid")
    return found.parent


def _seconds_of(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)
