"""A shared index under stress: real processes that search, write, delete and rebuild, over HTTP.

The API server runs as it always does, over a data directory and a Postgres of its own. After each
scenario nobody writes, and many answers are held against all vectors of Postgres compared one by
one; at last the server is started again and asked once more.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from scripts.benchmarks import navigation_http
from scripts.benchmarks.own_data import PROJECT
from scripts.benchmarks.report import Figure, Report, print_conditions
from scripts.benchmarks.vectors_data import Data, analyse, own_database
from scripts.benchmarks.vectors_stress_film import Film
from scripts.benchmarks.vectors_stress_films import add_film
from scripts.benchmarks.vectors_stress_log import VIOLATIONS, Told, read_logs
from scripts.benchmarks.vectors_stress_reader import STANDING
from scripts.benchmarks.vectors_stress_truth import differences, standing

FILMS, FILMS_QUICK = 1_000, 300
"""Films that stand from beginning to end, four texts and four faces each."""
QUESTIONS, QUESTIONS_QUICK = 150, 45
"""Compared with the truth after each scenario."""
WRITES, WRITES_QUICK = 1_000, 100
MINUTES, MINUTES_QUICK = 5.0, 0.5
SHORT: Final = 0.1
"""Of the minutes, what the scenarios before the last one take each."""
WRITERS: Final = 5
POLL_SECONDS: Final = 1.0
FILMS_AT_ONCE: Final = 50
ENDLESS: Final = 10**9
SETTINGS: Final = {"RUSHES_VECTOR_SAVE_SECONDS": "5"}
SHOWN: Final = 10
"""Violations of a scenario that are printed in full."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Processes of that kind at once. `readers`: clients of each process. `writes`: of each."""

    name: str
    seconds: float
    readers: Sequence[int] = ()
    writers: int = 0
    writes: int = ENDLESS
    rebuilds: bool = False


@dataclass
class Stressed:
    """The data, the server, and what was found so far."""

    data: Data
    films: int
    questions: int
    figures: list[Figure] = field(default_factory=list)
    scenarios: int = 0


def main(quick: bool, minutes: float | None = None) -> Report:
    """All scenarios in turn; `minutes`: of the one with fifty clients."""
    lasts = minutes or (MINUTES_QUICK if quick else MINUTES)
    print_conditions(
        server="orchestration.api_server, embedded Postgres, keeper saving every 5 s",
        writers="a process each; transactions open 0 to 500 ms, commits in no order, each followed"
        " by a search of the server",
        readers="processes of one to nine clients that ask one question after the other",
    )
    with own_database() as data:
        stressed = Stressed(
            data, FILMS_QUICK if quick else FILMS, QUESTIONS_QUICK if quick else QUESTIONS
        )
        _fill(stressed)
        with navigation_http.server(data.folder, SETTINGS) as client:
            for scenario in scenarios(lasts, WRITES_QUICK if quick else WRITES):
                _run(stressed, scenario, client)
        with navigation_http.server(data.folder, SETTINGS) as client:
            _compare(stressed, "after a restart", client)
    return Report("vectors-stress", stressed.figures)


def scenarios(minutes: float, writes: int) -> list[Scenario]:
    """From readers alone to all at once."""
    short = minutes * 60 * SHORT
    return [
        Scenario("10 readers", short, readers=(1,) * 10),
        Scenario(f"{writes:,} writes", ENDLESS, writers=WRITERS, writes=writes // WRITERS),
        Scenario("mixed", short, readers=(1,) * 5, writers=WRITERS, rebuilds=True),
        Scenario("50 clients", minutes * 60, readers=(9,) * 5, writers=WRITERS, rebuilds=True),
    ]


def figures(name: str, told: Told, seconds: float) -> list[Figure]:
    """No violation of any kind is promised; how much was done is shown."""
    counted = told.counted()
    added = sum(bool(each["added"]) for each in told.commits)
    return [
        *(Figure.at_most(f"{name}: {kind}", counted[kind], 0) for kind in VIOLATIONS[:3]),
        Figure(f"{name}: films written", added),
        Figure(f"{name}: deletions", len(told.commits) - added),
        Figure(f"{name}: answers to readers", len(told.answers)),
        Figure(f"{name}: answers", len(told.answers) / seconds, "/s"),
        Figure(f"{name}: p50", told.p50_ms, "ms"),
        Figure(f"{name}: p99", told.p99_ms, "ms"),
    ]


def _fill(stressed: Stressed) -> None:
    films = [Film(f"{STANDING}-{number}") for number in range(stressed.films)]
    for first in range(0, len(films), FILMS_AT_ONCE):
        for film in films[first : first + FILMS_AT_ONCE]:
            with stressed.data.engine.begin() as connection:
                add_film(connection, film, lambda: None)
    analyse(stressed.data.engine)
    print(f"{len(films)} films stand", flush=True)


def _run(stressed: Stressed, scenario: Scenario, client: httpx.Client) -> None:
    print(f"{scenario.name}: begins", flush=True)
    stressed.scenarios += 1
    folder = stressed.data.folder / f"stress-{stressed.scenarios}"
    folder.mkdir()
    began = time.monotonic()
    processes = _processes(stressed, scenario, folder, str(client.base_url))
    refusals = _look_on(stressed, scenario, client, processes)
    told = read_logs(sorted(folder.glob("*.log")))
    told = Told(told.commits, told.answers, [*told.violations, *refusals])
    for kind, what in told.violations[:SHOWN]:
        print(f"{scenario.name}: {kind}: {what}", flush=True)
    _show(stressed, figures(scenario.name, told, time.monotonic() - began))
    _compare(stressed, scenario.name, client)


def _compare(stressed: Stressed, name: str, client: httpx.Client) -> None:
    """Nobody writes now."""
    engine = stressed.data.engine
    films = [Film(f"{STANDING}-{number}") for number in range(stressed.films)]
    wrong = list(differences(client, engine, stressed.questions, stressed.scenarios))
    wrong += [f"{each} is no longer in Postgres" for each in standing(engine, films)]
    for each in wrong[:SHOWN]:
        print(f"{name}: {each}", flush=True)
    title = f"{name}: of {stressed.questions} answers not as brute force has them"
    _show(stressed, [Figure.at_most(title, len(wrong), 0)])


def _look_on(
    stressed: Stressed,
    scenario: Scenario,
    client: httpx.Client,
    processes: Sequence[subprocess.Popen[bytes]],
) -> list[tuple[str, str]]:
    """Ask for the status each second until all have ended, and rebuild where that belongs to it."""
    found: list[tuple[str, str]] = []
    rebuild: subprocess.Popen[bytes] | None = None
    rebuilds = 0
    while any(each.poll() is None for each in processes):
        found += _status_faults(stressed, client)
        if scenario.rebuilds and (rebuild is None or rebuild.poll() is not None):
            if rebuild is not None and rebuild.returncode:
                found.append(("error", f"a rebuild ended with {rebuild.returncode}"))
            rebuild, rebuilds = _begin("rebuild", [str(stressed.data.folder)]), rebuilds + 1
        time.sleep(POLL_SECONDS)
    if rebuild is not None and rebuild.wait():
        found.append(("error", f"a rebuild ended with {rebuild.returncode}"))
    if scenario.rebuilds:
        print(f"{scenario.name}: rebuilt {rebuilds} times", flush=True)
    found += [
        ("error", f"a process ended with {each.returncode}") for each in processes if each.wait()
    ]
    return found


def _status_faults(stressed: Stressed, client: httpx.Client) -> Iterator[tuple[str, str]]:
    headers = {"X-API-Key": stressed.data.settings.api_key_value}
    answer = client.get("/v1/admin/vectors/status", headers=headers)
    if answer.status_code != httpx.codes.OK:
        yield "error", f"status: {answer.status_code} {answer.text[:300]}"
        return
    for space in answer.json()["spaces"]:
        if space["failures"] or space["damage"]:
            yield "error", f"status of {space['key']}: {space['failures']} {space['damage']}"


def _processes(
    stressed: Stressed, scenario: Scenario, folder: Path, server: str
) -> list[subprocess.Popen[bytes]]:
    database = stressed.data.engine.url.render_as_string(hide_password=False)
    seconds, number = str(scenario.seconds), stressed.scenarios
    readers, writers = [], []
    for each, clients in enumerate(scenario.readers):
        log, seed = folder / f"reader-{each}.log", 100 * number + each
        given = (server, log, clients, seconds, seed, stressed.films)
        readers.append([str(value) for value in given])
    for each in range(scenario.writers):
        log, name = folder / f"writer-{each}.log", f"w{number}{each}"
        writers.append([server, database, str(log), name, str(scenario.writes), seconds])
    begun = [_begin("reader", each) for each in readers]
    return [*begun, *(_begin("writer", each) for each in writers)]


def _begin(name: str, arguments: list[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"scripts.benchmarks.vectors_stress_{name}", *arguments]
    return subprocess.Popen(command, cwd=PROJECT)


def _show(stressed: Stressed, figures: Sequence[Figure]) -> None:
    for each in figures:
        print(each.line(), flush=True)
    stressed.figures.extend(figures)
