"""Requests to a real server process, one after the other, each beside a `/healthz` of its own."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

import httpx

from scripts.benchmarks.navigation_data import Data, environment
from scripts.benchmarks.navigation_requests import Asked, Request, is_answer
from scripts.benchmarks.own_data import PROJECT

HEALTH = "healthz"
PERCENTILES = (50, 95, 99)
START_SECONDS = 60.0
Taken = dict[str, list[float]]


@contextmanager
def server(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[httpx.Client]:
    """A client of `orchestration.api_server` over that data, its connection kept alive.

    `settings`: RUSHES_* for it alone.
    """
    port = _free_port()
    command = [sys.executable, "-m", "orchestration.api_server", "127.0.0.1", str(port)]
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen(
        command,
        env=environment(folder) | dict(settings or {}),
        cwd=PROJECT,
        stdout=log,
        stderr=log,
    )
    try:
        with log, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60.0) as client:
            _wait(client, process)
            yield client
    finally:
        process.terminate()
        process.wait()


def measure(
    client: httpx.Client, data: Data, requests: Sequence[Request], times: int, seed: int
) -> Taken:
    """Milliseconds of each request, `times` times, about films chosen by `seed`, in turn."""
    chance, roles = random.Random(seed), data.roles
    taken: Taken = defaultdict(list)
    for _ in range(times):
        for request in requests:
            asked = request.make(chance, roles, data.duration_ms)
            taken[HEALTH].append(_timed(client, _HEALTHZ))
            taken[request.name].append(_timed(client, asked))
    return taken


def warm(client: httpx.Client, data: Data, requests: Sequence[Request], times: int) -> None:
    """Each request some times, unmeasured."""
    chance, roles = random.Random(0), data.roles
    for request in requests:
        for _ in range(times):
            _timed(client, request.make(chance, roles, data.duration_ms))


def percentiles(taken: Taken) -> dict[str, float]:
    """`NAME p50` and its like, in ms."""
    told: dict[str, float] = {}
    for name, times in taken.items():
        cuts = quantiles(times, n=100, method="inclusive")
        told |= {f"{name} p{each}": cuts[each - 1] for each in PERCENTILES}
    return told


_HEALTHZ = Asked("GET", "/healthz", {}, None, {})


def _timed(client: httpx.Client, asked: Asked) -> float:
    begin = time.perf_counter()
    response = _send(client, asked)
    took = (time.perf_counter() - begin) * 1e3
    if not is_answer(response.status_code, response.text):
        raise SystemExit(
            f"{asked.path} {asked.params}: {response.status_code} {response.text[:200]}"
        )
    return took


def _send(client: httpx.Client, asked: Asked) -> httpx.Response:
    return client.request(asked.method, asked.path, params=asked.params, json=asked.body)


def _wait(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if client.get("/healthz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("the API did not start")


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
