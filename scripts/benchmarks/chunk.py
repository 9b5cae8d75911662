"""Films a minute: many short films in one `rushes index`, against one `rushes index` for each.

Twenty-five films of two seconds, pieces of the sample film with its people, texts and shapes, are
indexed with all stages that can be had. Each of the three rounds has a data directory with its own
Postgres for either side, already made; one side takes all films at once, the other a third of them
one by one, so that all have been indexed singly after the third round.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from pathlib import Path

from scripts.benchmarks.own_data import own_data
from scripts.benchmarks.report import REPETITIONS, Figure, Report, print_conditions, repeat
from scripts.benchmarks.sample_films import make_sample_film

FILMS = 25
FILMS_QUICK = 5
TARGET = 2.0
SECONDS = 2.0
SIZE = (384, 216)
STEP_SECONDS = 1.07
"""From where one film begins in the sample to where the next one does."""

COMMAND = (sys.executable, "-m", "orchestration.cli", "index", "--json")
Environment = dict[str, str]
Indexing = Callable[[Sequence[Path], Environment], None]


def main(quick: bool) -> Report:
    """Three rounds; the medians of their films a minute."""
    count = FILMS_QUICK if quick else FILMS
    with tempfile.TemporaryDirectory(prefix="rushes-bench-chunk-") as folder:
        films = list(make_films(Path(folder), count))
        print_conditions(
            chunk=f"{shlex.join(COMMAND)} FOLDER  ({count} films, all stages, all cores)",
            single=f"{shlex.join(COMMAND)} FILM  (a third of the films a round, a process each)",
        )
        thirds = cycle([films[number::REPETITIONS] for number in range(REPETITIONS)])
        taken = repeat(lambda: _round(films, next(thirds)))
    return report(taken)


def report(films_a_minute: dict[str, float]) -> Report:
    """The promise is on how much faster a chunk is."""
    chunk, single = films_a_minute["chunk"], films_a_minute["single"]
    return Report(
        "chunk",
        [
            Figure.at_least("chunk / single", chunk / single, TARGET),
            Figure("chunk", chunk, "films/min"),
            Figure("single", single, "films/min"),
        ],
    )


def make_films(folder: Path, count: int) -> Iterator[Path]:
    """Films that begin at other places of the sample, each with its own brightness and frame."""
    for number in range(count):
        path = folder / f"film-{number:03d}.mp4"
        start = number * STEP_SECONDS
        yield make_sample_film(path, SECONDS, seed=number, start_seconds=start, size=SIZE)


def _round(films: Sequence[Path], third: Sequence[Path]) -> dict[str, float]:
    return {
        "chunk": _films_a_minute(films, _index),
        "single": _films_a_minute(third, _index_each),
    }


def _films_a_minute(films: Sequence[Path], work: Indexing) -> float:
    with own_data("rushes-bench-chunk-data-") as environment:
        _run([*COMMAND[:-2], "status", "--json"], environment)  # makes Postgres and its tables
        begin = time.monotonic()
        work(films, environment)
        return 60 * len(films) / (time.monotonic() - begin)


def _index(films: Sequence[Path], environment: Environment) -> None:
    told = json.loads(_run([*COMMAND, str(films[0].parent)], environment))
    if told["analysed"] != len(films) or told["problems"]:
        raise SystemExit(f"{told['analysed']} of {len(films)} were analysed: {told['problems']}")


def _index_each(films: Sequence[Path], environment: Environment) -> None:
    for film in films:
        told = json.loads(_run([*COMMAND, str(film)], environment))
        if told["analysed"] != 1 or told["problems"]:
            raise SystemExit(f"{film.name} was not analysed: {told['problems']}")


def _run(command: Sequence[str], environment: Environment) -> str:
    """What the command printed. It ends the benchmark where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise SystemExit(f"{shlex.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout
