"""A process of clients that search over HTTP, some of them at once.

python -m scripts.benchmarks.vectors_stress_reader SERVER LOG CLIENTS SECONDS SEED FILMS

FILMS stand from the beginning to the end and have to be found by their own texts. LOG gets a line
of JSON for each answer, with the moments of other films in it, and for each violation.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from threading import Thread
from typing import Any, Final

import httpx

from rushes.artifacts.vocabulary import EmbeddingKind
from scripts.benchmarks.vectors_stress_film import MOMENTS, WORDS, Film, vocabulary
from scripts.benchmarks.vectors_stress_log import Log

STANDING: Final = "standing"
"""How the numbers of films begin that are never deleted."""
TIMEOUT_SECONDS: Final = 60.0


class StressReader:
    """One client."""

    def __init__(self, client: httpx.Client, log: Log, films: int, seed: int) -> None:
        self._client, self._log, self._films = client, log, films
        self._chance = random.Random(seed)

    def step(self) -> None:
        """One question, and whether its answer may be true."""
        asked, wanted = self._question()
        begun, before = time.monotonic_ns(), time.perf_counter()
        answer = self._client.get("/v1/similar", params={"collapse": "none", **asked})
        took_ms = (time.perf_counter() - before) * 1e3
        if answer.status_code != httpx.codes.OK:
            self._log.violated("error", f"{asked}: {answer.status_code} {answer.text[:300]}")
            return
        told = answer.json()
        if told["missing"]:
            self._log.violated("error", f"{asked}: {told['missing']}")
        found = [each["artifact_id"] for each in told["hits"]]
        if wanted is not None and wanted not in found:
            self._log.violated("lost", f"{wanted} by {asked}")
        others = [each for each in found if not each.startswith(f"a-{STANDING}-")]
        self._log.answered(begun, took_ms, others)

    def _question(self) -> tuple[dict[str, Any], str | None]:
        """Its parameters, and which moment has to be found."""
        film = Film(f"{STANDING}-{self._chance.randrange(self._films)}")
        place, kind = self._chance.randrange(MOMENTS), self._chance.random()
        if kind < 0.5:
            of_text = film.artifact_id(EmbeddingKind.TEXT, place)
            return {"text": film.text(place), "kind": "text", "limit": 10}, of_text
        if kind < 0.7:
            words = " ".join(self._chance.choices(vocabulary(), k=WORDS))
            return {"text": words, "limit": 50, "min_score": 0}, None
        if kind < 0.85:
            return {"artifact_id": film.artifact_id(EmbeddingKind.TEXT, place)}, None
        face = film.artifact_id(EmbeddingKind.FACE, place)
        return {"face": face, "limit": 50, "min_score": -1}, None


def main(server: str, log: Path, clients: int, seconds: float, seed: int, films: int) -> None:
    """All clients, each a thread with a connection of its own."""
    until = time.monotonic() + seconds
    with Log(log) as told:
        threads = [
            Thread(target=_run, args=(server, told, films, seed * 1000 + number, until))
            for number in range(clients)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()


def _run(server: str, log: Log, films: int, seed: int, until: float) -> None:
    with httpx.Client(base_url=server, timeout=TIMEOUT_SECONDS) as client:
        reader = StressReader(client, log, films, seed)
        while time.monotonic() < until:
            try:
                reader.step()
            except Exception as error:  # whatever it is, it is what is looked for here
                log.violated("error", f"reader: {type(error).__name__}: {error}"[:400])
                time.sleep(0.1)


if __name__ == "__main__":
    given = sys.argv[1:]
    main(given[0], Path(given[1]), int(given[2]), float(given[3]), int(given[4]), int(given[5]))
