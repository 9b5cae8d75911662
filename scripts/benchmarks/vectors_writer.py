"""A process that commits embeddings, one a transaction, as a stage does.

python -m scripts.benchmarks.vectors_writer URL MODEL DIMENSION FILM [A_SECOND]

With A_SECOND it commits so many a second until its input ends; without, one for each line that it
reads, and prints its number. The first line that it prints says that it is ready.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from select import select
from typing import IO

import numpy as np
from sqlalchemy import Connection, Engine

from rushes.db.engine import make_engine
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.store import EmbeddingRow, write_embeddings
from scripts.benchmarks.own_data import PROJECT
from scripts.benchmarks.vectors_data import A_FILM, add_artifacts, embedding_id, space_of
from scripts.benchmarks.vectors_made import Rows, unit

READY = "ready"
ARTIFACTS_AT_ONCE = 2_000


class Writer:
    """Commits the vectors of a film of its own. Its artifacts are there before, to be used up."""

    def __init__(self, engine: Engine, space: EmbeddingSpace, film: str) -> None:
        self._engine, self._space, self._film = engine, space, film
        self._artifacts = 0

    def prepare(self) -> None:
        """Films, runs and artifacts for the next commits."""
        with self._engine.begin() as connection:
            add_artifacts(connection, f"{self._film}-{self._artifacts}", ARTIFACTS_AT_ONCE)
        self._artifacts += ARTIFACTS_AT_ONCE

    def commit(self, number: int) -> None:
        """The vector of that number."""
        if number >= self._artifacts:
            self.prepare()
        with self._engine.begin() as connection:
            self._write(connection, number)

    def _write(self, connection: Connection, number: int) -> None:
        first = number // ARTIFACTS_AT_ONCE * ARTIFACTS_AT_ONCE
        place = number - first
        film = f"{self._film}-{first}-{place // A_FILM}"
        row = EmbeddingRow(
            embedding_id=embedding_id(self._film, number),
            asset_id=film,
            run_id=f"{film}-run",
            artifact_id=f"{self._film}-{first}-a{place}",
            space=self._space,
            start_ms=place * 1000,
            end_ms=place * 1000 + 1000,
            vector=written(number, self._space.dimension).tobytes(),
        )
        write_embeddings(connection, [row])


def written(number: int, dimension: int) -> Rows:
    """The vector that a writer gives that number: it is like no other."""
    made = np.random.default_rng([77, number]).standard_normal((1, dimension), np.float32)
    return np.asarray(unit(made)[0])


@contextmanager
def writer(
    engine: Engine, space: EmbeddingSpace, film: str, a_second: float | None = None
) -> Iterator[subprocess.Popen[str]]:
    """The process, once it is ready; ended after."""
    url = engine.url.render_as_string(hide_password=False)
    of = [url, space.model, str(space.dimension), film]
    rate = [] if a_second is None else [str(a_second)]
    command = [sys.executable, "-m", "scripts.benchmarks.vectors_writer", *of, *rate]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=PROJECT) as process:
        try:
            if told(process).strip() != READY:
                raise SystemExit("the writer did not begin")
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(30)


def told(process: subprocess.Popen[str]) -> str:
    """The next line of a process."""
    assert process.stdout is not None
    return process.stdout.readline()


def ask(process: subprocess.Popen[str]) -> int:
    """Let it commit one; its number."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return int(told(process))


def main(url: str, model: str, dimension: int, film: str, a_second: float | None) -> None:
    """Until the input ends."""
    one = Writer(make_engine(url), space_of(model, dimension), film)
    one.prepare()
    print(READY, flush=True)
    if a_second is not None:
        _steadily(one, a_second, sys.stdin)
        return
    for number, _ in enumerate(sys.stdin):
        one.commit(number)
        print(number, flush=True)


def _steadily(one: Writer, a_second: float, until: IO[str]) -> None:
    began = time.monotonic()
    for number in count():
        left = began + number / a_second - time.monotonic()
        if select([until], [], [], max(left, 0))[0]:
            return
        one.commit(number)


if __name__ == "__main__":
    rate = float(sys.argv[5]) if len(sys.argv) > 5 else None
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], rate)
