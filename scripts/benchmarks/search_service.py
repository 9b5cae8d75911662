"""Questions asked of the service, of Postgres alone and over HTTP, each beside bare tantivy."""

from __future__ import annotations

import json
import logging
import random
import shutil
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Final

import httpx
from sqlalchemy import text

from rushes.search.quickwit.client import QuickwitClient
from rushes.search.request import Matched, SearchSource
from rushes.search.service import SearchService
from scripts.benchmarks import navigation_http
from scripts.benchmarks.report import Figure
from scripts.benchmarks.search_bare import BareSearch
from scripts.benchmarks.search_data import Data
from scripts.benchmarks.search_questions import KINDS, Question, asked

BARE, SERVICE, FALLBACK, HTTP, CROWDED = "bare", "service", "fallback", "http", "with unpurged"
MEDIAN_TARGET, TAIL_TARGET = 5, 8
UNPURGED_TARGET = 1.5
COPY_ATTEMPTS = 10
ALL: Final = "all"

Ask = Callable[[Question], object]
Taken = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Published:
    """The documents that stand in the index, as they were sent."""

    texts: dict[str, list[str]]
    sentences: list[str]

    @classmethod
    def of(cls, lines: Sequence[bytes]) -> Published:
        """`lines`: of NDJSON."""
        documents = [json.loads(line) for line in lines]
        return cls(
            {each["doc_id"]: each["text"] for each in documents},
            [each["transcript"][0] for each in documents if "transcript" in each],
        )


def measure(
    data: Data, published: Published, files: Path, times: int, seed: int
) -> dict[str, float]:
    """Percentiles in ms of each kind by the engine and by bare tantivy on `files`, in turn."""
    questions = asked(published.sentences, times, seed)
    bare = BareSearch(files, published.texts)
    service = SearchService.of(data.context)
    ways: dict[str, Ask] = {BARE: bare.search, SERVICE: _by(service, SearchSource.QUICKWIT)}
    return percentiles(_taken(questions, ways))


def measure_fallback(data: Data, published: Published, times: int, seed: int) -> dict[str, float]:
    """The same questions where no engine listens."""
    questions = asked(published.sentences, times, seed)
    with (
        QuickwitClient(f"http://127.0.0.1:{_free_port()}") as nobody,
        _unheard("rushes.search"),
    ):
        by_postgres = _by(SearchService(data.engine, nobody), SearchSource.POSTGRES)
        return percentiles(_taken(questions, {FALLBACK: by_postgres}))


def measure_http(data: Data, published: Published, times: int, seed: int) -> dict[str, float]:
    """The same questions of a server process."""
    questions = asked(published.sentences, times, seed)
    with navigation_http.server(data.folder) as client:

        def ask(question: Question) -> None:
            answer = client.get("/v1/search", params=question.parameters)
            if answer.status_code != httpx.codes.OK:
                raise SystemExit(f"{question}: {answer.status_code} {answer.text[:200]}")

        return percentiles(_taken(questions, {HTTP: ask}))


def crowd(data: Data, films: int) -> None:
    """Change so many films at random, so that each leaves a rev behind once it is published."""
    chance = random.Random(5)
    chosen = [f"film-{number:06d}" for number in chance.sample(range(data.size.films), films)]
    with data.engine.begin() as connection:
        connection.execute(
            text("update asset set is_favorite = not is_favorite where asset_id = any(:films)"),
            {"films": chosen},
        )


def unpurged(data: Data) -> int:
    """Revs that are retired and still in the index."""
    with data.engine.connect() as connection:
        query = text("select count(*) from search_revs where state = 'retired'")
        return int(connection.execute(query).scalar_one())


def copied_index(data: Data) -> Path:
    """The files of the one index as they are now: tantivy may remove what it has merged."""
    (found,) = (data.settings.quickwit_dir / "data" / "indexes").glob("*/tantivy")
    copy = data.folder / "index-before"
    for _ in range(COPY_ATTEMPTS):
        shutil.rmtree(copy, ignore_errors=True)
        try:
            return Path(shutil.copytree(found, copy))
        except shutil.Error:
            time.sleep(1.0)
    raise SystemExit(f"{found} does not come to rest")


def percentiles(taken: Taken) -> dict[str, float]:
    """`NAME p50` and `NAME p95`, in ms."""
    told: dict[str, float] = {}
    for name, times in taken.items():
        cuts = quantiles(times, n=100, method="inclusive")
        told |= {f"{name} p{each}": cuts[each - 1] for each in (50, 95)}
    return told


def figures(taken: Mapping[str, float]) -> list[Figure]:
    """Ratios are promised of each kind, as rare and common words are; times are shown."""
    found = []
    for kind in (*KINDS, ALL):
        for percentile, limit in ((50, MEDIAN_TARGET), (95, TAIL_TARGET)):
            ours, bare = (taken[f"{kind} {side} p{percentile}"] for side in (SERVICE, BARE))
            name = f"{kind}: p{percentile} / bare"
            found.append(Figure.at_most(name, ours / bare, limit))
    return found


def crowded_figures(before: Mapping[str, float], after: Mapping[str, float]) -> list[Figure]:
    """What unpurged revs cost; `bare`, on the same files in both, says how fast the machine was."""
    found = []
    for kind in (*KINDS, ALL):
        ours, bare = (after[n] / before[n] for n in (f"{kind} {SERVICE} p50", f"{kind} {BARE} p50"))
        found.append(Figure.at_most(f"{kind}: p50 {CROWDED}", ours / bare, UNPURGED_TARGET))
    return found


def _taken(questions: Sequence[tuple[str, Question]], ways: Mapping[str, Ask]) -> Taken:
    """ms by kind and way; each way is first in half of the questions."""
    taken: dict[str, list[float]] = defaultdict(list)
    for number, (kind, question) in enumerate(questions):
        in_turn = list(ways.items())
        for way, ask in in_turn if number % 2 else reversed(in_turn):
            begin = time.perf_counter()
            ask(question)
            took = (time.perf_counter() - begin) * 1e3
            taken[f"{kind} {way}"].append(took)
            taken[f"{ALL} {way}"].append(took)
    return taken


def _by(service: SearchService, source: SearchSource) -> Ask:
    def ask(question: Question) -> None:
        answer = service.search(question.request)
        if answer.search_source is not source or answer.matched is not Matched.WORDS:
            raise SystemExit(f"{question}: {answer.search_source} {answer.matched}")

    return ask


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextmanager
def _unheard(name: str) -> Iterator[None]:
    """Without the messages that each question would cause; they are made all the same."""
    logger, handler = logging.getLogger(name), logging.NullHandler()
    before, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.propagate = before
        logger.removeHandler(handler)
