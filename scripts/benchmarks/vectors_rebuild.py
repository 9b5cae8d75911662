"""Searches while another process rebuilds their index, and while it is taken over.

python -m scripts.benchmarks.vectors_rebuild DATA_DIR MODEL DIMENSION FLAT_LIMIT

rebuilds that space by the settings of the data directory, and prints the generation's name.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import quantiles
from typing import Final

from rushes.db.engine import make_engine
from rushes.db.server import ensure_database
from rushes.vectors.building.build import build_generation
from rushes.vectors.building.options import BuildOptions
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.opening import open_generation
from scripts.benchmarks.navigation_data import settings_of
from scripts.benchmarks.own_data import PROJECT
from scripts.benchmarks.report import Figure
from scripts.benchmarks.vectors_clients import MOST, Clients, Query
from scripts.benchmarks.vectors_data import space_of
from scripts.benchmarks.vectors_opened import Opened

SECONDS, SECONDS_QUICK = 12.0, 4.0
"""Of searching before the rebuild."""
SLOWER: Final = 3.0
CLIENTS: Final = 8
PAUSE_SECONDS: Final = 0.02
"""Between the answer that a client gets and what it asks next."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """ms of the searches before and during; what failed, and answers that were not whole."""

    before: Sequence[float]
    during: Sequence[float]
    failures: int
    seconds: float


def measure(opened: Opened, quick: bool) -> list[Figure]:
    """Clients that ask fifty times a second each, at most; the rebuild has all cores."""
    return figures(opened.built.name, _rebuilt(opened, SECONDS_QUICK if quick else SECONDS))


def figures(name: str, rebuilt: Rebuilt) -> list[Figure]:
    """The promise is on the 99th percentiles, and on there being no failure."""
    before, during = _p99(rebuilt.before), _p99(rebuilt.during)
    return [
        Figure.at_most(f"{name}: p99 during a rebuild / before", during / before, SLOWER),
        Figure.at_most(f"{name}: failed searches during it", rebuilt.failures, 0),
        Figure(f"{name}: p99 before", before, "ms"),
        Figure(f"{name}: p99 during", during, "ms"),
        Figure(f"{name}: searches during", len(rebuilt.during)),
        Figure(f"{name}: rebuild and swap", rebuilt.seconds, "s"),
    ]


def _rebuilt(opened: Opened, seconds: float) -> Rebuilt:
    search = opened.live_search()

    def whole(query: Query) -> None:
        if len(search(query)) != MOST:
            raise ValueError("an answer is not whole")

    clients = Clients(whole, opened.built.questions, CLIENTS)
    with clients.searching(PAUSE_SECONDS):
        time.sleep(seconds / 4)
        clients.take()  # what warmed up
        time.sleep(seconds)
        before = clients.take()
        began = time.perf_counter()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_rebuild_and_swap, opened).result()
        took = time.perf_counter() - began
        during = clients.take()
    return Rebuilt(before, during, len(clients.failures), took)


def _rebuild_and_swap(opened: Opened) -> None:
    filled, flat = opened.built.filled, opened.built.manifest.nlist == 0
    limit = opened.built.manifest.count if flat else 0
    of = [str(opened.built.data.folder), filled.space.model, str(filled.space.dimension)]
    command = [sys.executable, "-m", "scripts.benchmarks.vectors_rebuild", *of, str(limit)]
    told = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
    opened.live.begin_with(open_generation(opened.built.folder, told.stdout.strip()))


def _p99(times: Sequence[float]) -> float:
    return quantiles(times, n=100, method="inclusive")[98]


def main(folder: Path, model: str, dimension: int, flat_limit: int) -> str:
    """The name of the new generation."""
    settings = settings_of(folder)
    engine = make_engine(ensure_database(settings).rushes)
    space = SpaceFolder(settings.vectors_root, space_of(model, dimension))
    options = replace(BuildOptions.of(settings), flat_limit=flat_limit)
    return build_generation(engine, space, options, reason="benchmark").name


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
