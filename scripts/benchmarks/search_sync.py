"""From the queue to searchable: how many documents a second, and how long one change takes."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from sqlalchemy import text

from rushes.search.node.joining import join_node
from rushes.search.node.note import NodeAddress
from rushes.search.quickwit.answers import IngestAnswer
from rushes.search.quickwit.client import Commit, QuickwitClient
from rushes.search.quickwit.lines import split_lines
from rushes.search.quickwit.template import compile_template, load_template
from rushes.search.request import SearchRequest, SearchSource
from rushes.search.service import SearchService
from rushes.search.sync.draining import DrainLimits, drain
from scripts.benchmarks.navigation_data import environment
from scripts.benchmarks.own_data import PROJECT
from scripts.benchmarks.search_data import Data

BARE_INDEX = "bare-ingest"
WAIT_SECONDS = 60.0
POLL_SECONDS = 0.02
PAUSE_SECONDS = (0.0, 3.0)
"""Between two changes, at least and at most."""


class RecordingClient(QuickwitClient):
    """Keeps what it sends."""

    def __init__(self, address: NodeAddress) -> None:
        super().__init__(address, gzip=False)
        self.sent: list[bytes] = []

    def ingest(self, index: str, lines: Sequence[bytes], commit: Commit = "auto") -> IngestAnswer:
        self.sent += lines
        return super().ingest(index, lines, commit)


@dataclass(frozen=True, slots=True)
class Synced:
    """What the sync sent, and what it and a bare ingest of the same took, in s."""

    lines: list[bytes]
    sync_seconds: float
    bare_seconds: float


def synced(data: Data) -> Synced:
    """Drain a full queue; then send the very same documents to the same node once more."""
    folder = data.settings.quickwit_dir.resolve()
    address = join_node(folder)
    with RecordingClient(NodeAddress(folder)) as client:
        begin = time.perf_counter()
        for step in drain(data.engine, client, DrainLimits()):
            if step.failed:
                raise SystemExit(f"not published: {step.failed[0]}")
        took = time.perf_counter() - begin
    if len(client.sent) < data.size.scenes:
        raise SystemExit(f"{len(client.sent)} documents of {data.size.scenes} scenes were sent")
    return Synced(client.sent, took, _bare(address, client.sent))


def drained(data: Data) -> float:
    """Seconds until nothing waits any more."""
    folder = data.settings.quickwit_dir.resolve()
    begin = time.perf_counter()
    with QuickwitClient(NodeAddress(folder), gzip=False) as client:
        for _ in drain(data.engine, client, DrainLimits()):
            pass
    return time.perf_counter() - begin


def _bare(address: str, lines: Sequence[bytes]) -> float:
    """Seconds of `POST /ingest` of bodies as large as allowed, until all can be searched."""
    bodies = [b"\n".join(batch) + b"\n" for batch in split_lines(lines)]
    with httpx.Client(base_url=f"{address}/api/v1", timeout=WAIT_SECONDS) as client:
        client.post("/indexes", json=compile_template(BARE_INDEX)).raise_for_status()
        begin = time.perf_counter()
        for body in bodies[:-1]:
            _post(client, body, "auto")
        _post(client, bodies[-1], "wait_for")
        took = time.perf_counter() - begin
        asked: dict[str, str | int] = {"query": "rev:*", "search_field": "doc_id", "max_hits": 0}
        found = client.get(f"/{BARE_INDEX}/search", params=asked).json()["num_hits"]
        client.delete(f"/indexes/{BARE_INDEX}").raise_for_status()
    if found != len(lines):
        raise SystemExit(f"bare ingest: {found} of {len(lines)} documents can be searched")
    return took


def _post(client: httpx.Client, body: bytes, commit: str) -> None:
    while (
        reply := client.post(f"/{BARE_INDEX}/ingest", params={"commit": commit}, content=body)
    ).status_code == httpx.codes.TOO_MANY_REQUESTS:
        time.sleep(POLL_SECONDS)
    reply.raise_for_status()


def lags(data: Data, changes: int) -> list[float]:
    """Seconds from the commit of a change to an answer that shows it; a drain loop runs."""
    chance, seconds = random.Random(3), list[float]()
    service = SearchService.of(data.context)
    with _drain_loop(data):
        for number in range(changes):
            time.sleep(chance.uniform(*PAUSE_SECONDS))
            seconds.append(_lag(data, service, chance.randrange(data.size.films), number))
    return seconds


def commit_seconds() -> float:
    """After so long the engine shows what it was sent."""
    return float(load_template()["indexing_settings"]["commit_timeout_secs"])


def _lag(data: Data, service: SearchService, film: int, number: int) -> float:
    word = f"moved{number}and{film}"
    moved = text(
        "update asset set path = :word || '/' || asset_id || '.mp4' where asset_id = :film"
    )
    with data.engine.begin() as connection:
        connection.execute(moved, {"word": word, "film": f"film-{film:06d}"})
    begin = time.perf_counter()
    while (took := time.perf_counter() - begin) < WAIT_SECONDS:
        answer = service.search(SearchRequest(text=word, loosen=False))
        if answer.search_source is not SearchSource.QUICKWIT:
            raise SystemExit("the engine does not answer")
        if answer.total:
            return took
        time.sleep(POLL_SECONDS)
    raise SystemExit(f"a change was not visible after {WAIT_SECONDS:.0f} s")


@contextmanager
def _drain_loop(data: Data) -> Iterator[None]:
    command = [sys.executable, "-m", "scripts.benchmarks.search_drain", str(data.folder)]
    process = subprocess.Popen(
        command, env=environment(data.folder), cwd=PROJECT, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        if process.stdout.readline() != b"ready\n":
            raise SystemExit("the drain did not start")
        yield
    finally:
        process.kill()
        process.wait()
