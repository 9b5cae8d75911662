"""Many processes over one database: what one commits, the next search of another finds."""

from __future__ import annotations

import os
import random
import secrets
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from index_making import (
    AT_ONCE,
    BY_HAND,
    MANY,
    SPACE,
    add_vectors,
    assert_holds_what_stands,
    care_of,
    events_of,
    new_rows,
    opened_indexes,
    unit,
)
from sqlalchemy import Engine, create_engine, delete

from rushes.db.engine import make_engine
from rushes.db.tables import runs
from rushes.vectors.events import IndexEvent
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.live.live_index import LiveIndex
from rushes.vectors.rebuilding import rebuild
from rushes.vectors.store import write_embeddings
from tests.integration.documents.document_writing import KILLED, exit_status, in_process
from tests.integration.indexed_films import IndexedFilms

_WRITERS = 5
_WRITES = 20
_OPEN_SECONDS = 0.1
_LONGEST_SECONDS = 0.4
_SEEDS = 100_000
"""Of each writer, so that no two vectors are alike."""


def _write_on(url: str, film: str, writer: int, say: int) -> None:
    """Write one vector a transaction, now and then delete one; tell of each after its commit."""
    engine, chance, written = make_engine(url), random.Random(writer), []
    for number in range(_WRITES):
        seed = _SEEDS * (writer + 1) + number
        with engine.begin() as connection:
            (row,) = new_rows(connection, film, 1)
            time.sleep(chance.uniform(0, _OPEN_SECONDS))
            write_embeddings(connection, [replace(row, vector=unit(seed).tobytes())])
            time.sleep(chance.uniform(0, _OPEN_SECONDS / 20))
        os.write(say, f"came {row.embedding_id} {seed}\n".encode())
        written.append((row, seed))
        if number % 5 == 4:
            gone, its_seed = written.pop(chance.randrange(len(written)))
            with engine.begin() as connection:
                connection.execute(delete(runs).where(runs.c.run_id == gone.run_id))
                time.sleep(chance.uniform(0, _OPEN_SECONDS / 20))
            os.write(say, f"went {gone.embedding_id} {its_seed}\n".encode())


class Writer:
    """A process of its own, and the lines that it says."""

    def __init__(self, url: str, film: str, number: int) -> None:
        hear, say = os.pipe()
        self.pid = in_process(lambda: _write_on(url, film, number, say))
        os.close(say)
        self._hear = hear

    def lines(self) -> Iterator[str]:
        with os.fdopen(self._hear) as heard:
            yield from heard
        assert exit_status(self.pid) == 0


def _check_each(live: LiveIndex, writer: Writer) -> int:
    """The next search after each commit tells it."""
    checked = 0
    for line in writer.lines():
        what, embedding_id, seed = line.split()
        with live.searching() as view:
            found = view.search(unit(int(seed)), 1)
        if what == "came":
            assert found[0].embedding_id == embedding_id
            assert found[0].score == pytest.approx(1, abs=1e-5)
        else:
            assert embedding_id not in {each.embedding_id for each in found}
        checked += 1
    return checked


@pytest.fixture
def roomy_engine(database_url: str) -> Iterator[Engine]:
    """Enough connections for a searching thread a writer."""
    engine = create_engine(database_url, pool_size=_WRITERS + 3)
    yield engine
    engine.dispose()


def test_each_committed_write_of_five_processes_is_found_by_the_next_search_here(
    films: IndexedFilms, roomy_engine: Engine, database_url: str, tmp_path: Path
) -> None:
    """While generations are built, saved, pruned and picked up."""
    film = films.film()
    add_vectors(films, MANY)
    folder = SpaceFolder(tmp_path, SPACE)
    with opened_indexes(roomy_engine, tmp_path, AT_ONCE) as indexes:
        live, care = indexes.of(SPACE), care_of(indexes)
        writers = [Writer(database_url, film, number) for number in range(_WRITERS)]
        with ThreadPoolExecutor(_WRITERS) as pool:
            checks = [pool.submit(_check_each, live, each) for each in writers]
            while not all(each.done() for each in checks):
                time.sleep(0.1)
                care.save()
                rebuild(roomy_engine, folder, BY_HAND, reason="test")
                care.follow()
            assert sum(each.result() for each in checks) == _WRITERS * (_WRITES + _WRITES // 5)
        assert_holds_what_stands(live.caught_up(), films.engine)
    with opened_indexes(films.engine, tmp_path) as indexes:
        assert_holds_what_stands(indexes.of(SPACE).view, films.engine)


@pytest.mark.fault
def test_kills_while_saving_at_once_lose_and_revive_nothing(
    films: IndexedFilms, database_url: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    seed = pytestconfig.getoption("--fault-seed")
    seed = secrets.randbits(32) if seed is None else seed
    print(f"repeat with --fault-seed {seed}")
    chance = random.Random(seed)
    film = films.film()
    add_vectors(films, MANY)
    for number in range(pytestconfig.getoption("--faults")):
        sign = tmp_path / f"{number} saves"
        child = in_process(
            lambda at=number, sign=sign: _save_on(
                database_url, tmp_path / "vectors", film, _SEEDS * (at + 1), sign
            )
        )
        _wait_for(sign)
        time.sleep(chance.uniform(0, _LONGEST_SECONDS))
        os.kill(child, signal.SIGKILL)
        assert exit_status(child) == KILLED
        with opened_indexes(films.engine, tmp_path / "vectors") as indexes:
            assert_holds_what_stands(indexes.of(SPACE).view, films.engine)
    told = events_of(films.engine)
    assert IndexEvent.DAMAGED not in {each.event for each in told}
    assert IndexEvent.SAVED in {each.event for each in told}


def _wait_for(sign: Path) -> None:
    until = time.monotonic() + 60
    while not sign.exists():
        assert time.monotonic() < until
        time.sleep(0.01)


def _save_on(url: str, root: Path, film: str, seed: int, sign: Path) -> None:
    """Come, go and save, for ever; give a sign after the first time."""
    engine = make_engine(url)
    with opened_indexes(engine, root, AT_ONCE) as indexes:
        care, before = care_of(indexes), None
        while True:
            seed += 1
            with engine.begin() as connection:
                (row,) = new_rows(connection, film, 1)
                made = replace(row, vector=np.asarray(unit(seed)).tobytes())
                if before is not None:
                    connection.execute(delete(runs).where(runs.c.run_id == before))
                write_embeddings(connection, [made])
            before = row.run_id if seed % 3 else None
            care.save()
            sign.touch()
