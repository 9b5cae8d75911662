"""A process that writes and deletes films, and asks the server for each right after its commit.

python -m scripts.benchmarks.vectors_stress_writer SERVER DATABASE LOG NAME WRITES SECONDS

Ends after so many commits or so many seconds. Its transactions stay open for up to half a second
before they write vectors, and a little after. LOG gets a line of JSON for each commit and each
violation.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import Final

import httpx
from sqlalchemy import Engine

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.db.engine import make_engine
from scripts.benchmarks.vectors_stress_film import Film
from scripts.benchmarks.vectors_stress_films import add_film, delete_film, delete_run
from scripts.benchmarks.vectors_stress_log import Log

OPEN_SECONDS: Final = 0.5
AFTER_SECONDS: Final = 0.02
"""While the writers of the same space wait."""
ADDING: Final = 0.7
"""Share of the commits that add a film; of the others most delete one, some a run."""
TIMEOUT_SECONDS: Final = 60.0


class StressWriter:
    """Films of its own: no other writer knows them."""

    def __init__(self, client: httpx.Client, engine: Engine, log: Log, name: str) -> None:
        self._client, self._engine, self._log, self._name = client, engine, log, name
        self._chance = random.Random(name)
        self._films: list[Film] = []
        self._made = 0

    def step(self) -> None:
        """One commit, and a question about it."""
        if not self._films or self._chance.random() < ADDING:
            self._add()
        elif self._chance.random() < 0.8:
            self._delete()
        else:
            self._delete_run()

    def _add(self) -> None:
        film = Film(f"{self._name}-{self._made}")
        self._made += 1
        with self._engine.begin() as connection:
            add_film(connection, film, self._pause)
            time.sleep(self._chance.uniform(0, AFTER_SECONDS))
        self._films.append(film)
        self._log.committed(added=[each for kind in _KINDS for each in film.artifacts(kind)])
        self._expect(film, is_there=True)

    def _delete(self) -> None:
        film = self._films.pop(self._chance.randrange(len(self._films)))
        delete_film(self._engine, film, self._pause)
        self._log.committed(removed=[each for kind in _KINDS for each in film.artifacts(kind)])
        self._expect(film, is_there=False)

    def _delete_run(self) -> None:
        film = self._films.pop(self._chance.randrange(len(self._films)))
        delete_run(self._engine, film, EmbeddingKind.TEXT, self._pause)
        self._log.committed(removed=film.artifacts(EmbeddingKind.TEXT))
        self._expect(film, is_there=False)

    def _expect(self, film: Film, *, is_there: bool) -> None:
        """The next search of the server, which is another process."""
        wanted = film.artifact_id(EmbeddingKind.TEXT, 0)
        asked = {"text": film.text(0), "kind": "text", "collapse": "none", "limit": "10"}
        answer = self._client.get("/v1/similar", params=asked)
        if answer.status_code != httpx.codes.OK:
            self._log.violated("error", f"{answer.status_code} {answer.text[:300]}")
            return
        found = any(each["artifact_id"] == wanted for each in answer.json()["hits"])
        if found is not is_there:
            self._log.violated("lost" if is_there else "resurrected", wanted)

    def _pause(self) -> None:
        time.sleep(self._chance.uniform(0, OPEN_SECONDS))


_KINDS: Final = (EmbeddingKind.TEXT, EmbeddingKind.FACE)


def main(server: str, database: str, log: Path, name: str, writes: int, seconds: float) -> None:
    """Until one of both is reached."""
    with httpx.Client(base_url=server, timeout=TIMEOUT_SECONDS) as client, Log(log) as told:
        writer = StressWriter(client, make_engine(database), told, name)
        until = time.monotonic() + seconds
        for _ in range(writes):
            if time.monotonic() >= until:
                return
            try:
                writer.step()
            except Exception as error:  # whatever it is, it is what is looked for here
                told.violated("error", f"writer {name}: {type(error).__name__}: {error}"[:400])


if __name__ == "__main__":
    given = sys.argv[1:]
    main(given[0], given[1], Path(given[2]), given[3], int(given[4]), float(given[5]))
