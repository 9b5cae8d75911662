"""From the files of a generation to the first answer, in fresh processes.

python -m scripts.benchmarks.vectors_start ROOT URL MODEL DIMENSION GENERATION stamped|hashed

`stamped` opens it as a start does; `hashed` reads and hashes all its files first, then does the
same. Prints the seconds from there to the first answer; imports and the first connection to
Postgres, which both need, lie before.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from rushes.db.engine import make_engine
from rushes.db.reading import reading
from rushes.vectors.faiss_library import faiss_library
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.opening import open_generation
from rushes.vectors.live.live_index import LiveIndex
from scripts.benchmarks.own_data import PROJECT
from scripts.benchmarks.report import REPETITIONS, Figure
from scripts.benchmarks.vectors_clients import MOST
from scripts.benchmarks.vectors_data import space_of
from scripts.benchmarks.vectors_made import unit
from scripts.benchmarks.vectors_opened import Built

SOONER: Final = 5.0
PROMISED_BYTES: Final = 1e9
STAMPED, HASHED = "stamped", "hashed"
WARM, COLD = "files in the page cache", "files on the disk"
_BLOCK: Final = 2**20


def measure(built: Built) -> list[Figure]:
    """Both ways in turn, three times, warm and cold; nobody else has the files open."""
    rounds = [_round(built) for _ in range(REPETITIONS)]
    return figures(built.manifest.size, rounds)


def figures(size: int, rounds: Sequence[dict[str, float]]) -> list[Figure]:
    """`rounds`: seconds of `WARM stamped` and so on. Promised of a gigabyte and more."""
    found = []
    for state in (WARM, COLD):
        ratio = median(each[f"{state} {HASHED}"] / each[f"{state} {STAMPED}"] for each in rounds)
        name = f"start, {size / 1e9:.2f} GB, {state}: times as soon"
        promised = Figure.at_least(name, ratio, SOONER)
        found.append(promised if size >= PROMISED_BYTES else Figure(name, ratio))
    return [
        *found,
        *(
            Figure(f"start, {name}", median(each[name] for each in rounds), "s")
            for name in rounds[0]
        ),
    ]


def _round(built: Built) -> dict[str, float]:
    prepare: dict[str, Callable[[Path], None]] = {WARM: _read, COLD: _forget}
    found = {}
    for state, prepared in prepare.items():
        for way in (HASHED, STAMPED):
            for file in _files(built.folder.generation(built.manifest.name)):
                prepared(file)
            found[f"{state} {way}"] = _seconds(built, way)
    return found


def _seconds(built: Built, way: str) -> float:
    space, engine = built.filled.space, built.data.engine
    where = [
        str(built.data.settings.vectors_root),
        engine.url.render_as_string(hide_password=False),
    ]
    what = [space.model, str(space.dimension), built.manifest.name, way]
    command = [sys.executable, "-m", "scripts.benchmarks.vectors_start", *where, *what]
    told = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
    return float(told.stdout)


def main(root: Path, url: str, model: str, dimension: int, generation: str, way: str) -> float:
    """Seconds to the first answer."""
    faiss_library()
    engine, space = make_engine(url), space_of(model, dimension)
    with reading(engine):
        pass
    query = unit(np.ones((1, dimension), np.float32))[0]
    began = time.perf_counter()
    folder = SpaceFolder(root, space)
    if way == HASHED:
        for file in _files(folder.generation(generation)):
            _hash(file)
    base = open_generation(folder, generation)
    live = LiveIndex(engine, space, lambda: base)
    live.begin_with(base)
    with live.searching() as view:
        if len(view.search(query, MOST)) != MOST:
            raise SystemExit("the first answer is not whole")
    return time.perf_counter() - began


def _files(generation: Path) -> list[Path]:
    return sorted(each for each in generation.iterdir() if each.is_file())


def _hash(file: Path) -> str:
    """In the way that is quickest in Python."""
    with file.open("rb", buffering=0) as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _read(file: Path) -> None:
    with file.open("rb", buffering=0) as opened:
        while opened.read(_BLOCK):
            pass


def _forget(file: Path) -> None:
    """Let the system drop its pages, which are on disk and which nobody has mapped."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    given = sys.argv[1:]
    print(main(Path(given[0]), given[1], given[2], int(given[3]), given[4], given[5]))
