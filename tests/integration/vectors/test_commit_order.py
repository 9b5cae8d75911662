"""A reader that asks for what lies above the last number it knows never skips anything."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine, delete, select, text
from sqlalchemy.exc import IntegrityError
from vector_making import IMAGE, TEXT, rows_of_a_new_run

from rushes.db.analysis_tables import embeddings
from rushes.db.tables import asset, runs
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.store import changes_since, write_embeddings
from tests.integration.indexed_films import IndexedFilms

_WRITERS = 3
_FILMS = 3


@dataclass
class Reader:
    """What a client knows of a space from asking again and again for `seq > applied`."""

    space: EmbeddingSpace
    applied: int = 0
    known: set[str] = field(default_factory=set)

    def poll(self, connection: Connection) -> None:
        for change in changes_since(connection, self.space, self.applied):
            assert change.seq > self.applied
            self.applied = change.seq
            if change.vector is None:
                self.known.discard(change.embedding_id)
            else:
                self.known.add(change.embedding_id)


def _standing(connection: Connection, space: EmbeddingSpace) -> set[str]:
    query = select(embeddings.c.embedding_id).where(
        embeddings.c.kind == space.kind.value,
        embeddings.c.model == space.model,
        embeddings.c.model_version == space.model_version,
    )
    return set(connection.execute(query).scalars())


def _write(connection: Connection, film: str, spaces: Sequence[EmbeddingSpace]) -> None:
    write_embeddings(connection, rows_of_a_new_run(connection, film, spaces))


def _waits_for_a_lock(engine: Engine, seconds: float = 30.0) -> bool:
    until = time.monotonic() + seconds
    query = text("select count(*) from pg_locks where locktype = 'advisory' and not granted")
    with engine.connect() as connection:
        while time.monotonic() < until:
            if connection.execute(query).scalar_one():
                return True
            connection.rollback()
            time.sleep(0.01)
    return False


@contextmanager
def _in_thread(
    engine: Engine, film: str, spaces: Sequence[EmbeddingSpace]
) -> Iterator[Future[None]]:
    def write() -> None:
        with engine.begin() as connection:
            _write(connection, film, spaces)

    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(write)


def test_a_second_writer_of_a_space_waits_and_is_numbered_after_the_first(
    films: IndexedFilms,
) -> None:
    reader, film = Reader(TEXT), films.film()
    with films.engine.connect() as first, films.engine.connect() as asking:
        _write(first, film, [TEXT])
        with _in_thread(films.engine, films.film(), [TEXT]) as second:
            assert _waits_for_a_lock(films.engine)
            reader.poll(asking)
            assert reader.known == set()
            first.commit()
            second.result(timeout=30)
        asking.rollback()
        reader.poll(asking)
        assert reader.known == _standing(asking, TEXT)
        assert len(reader.known) == 2


def test_a_delete_waits_for_an_open_writer_of_its_space(films: IndexedFilms) -> None:
    gone, film = films.film(), films.film()
    with films.engine.begin() as connection:
        _write(connection, gone, [TEXT, IMAGE])

    def remove() -> None:
        with films.engine.begin() as connection:
            connection.execute(delete(asset).where(asset.c.asset_id == gone))

    reader = Reader(TEXT)
    with films.engine.connect() as first, films.engine.connect() as asking:
        _write(first, film, [TEXT])
        with ThreadPoolExecutor(1) as pool:
            removed = pool.submit(remove)
            assert _waits_for_a_lock(films.engine)
            reader.poll(asking)
            first.commit()
            removed.result(timeout=30)
        asking.rollback()
        reader.poll(asking)
        assert reader.known == _standing(asking, TEXT)
        assert len(reader.known) == 1


def test_writers_of_different_spaces_do_not_wait(films: IndexedFilms) -> None:
    with films.engine.connect() as first:
        _write(first, films.film(), [TEXT])
        with _in_thread(films.engine, films.film(), [IMAGE]) as second:
            second.result(timeout=30)


def test_without_the_lock_a_late_commit_would_be_skipped_for_ever(films: IndexedFilms) -> None:
    """The law is not true of itself: this is what the lock is for."""
    unlocked = text(
        "create or replace function lock_embedding_spaces(keys bigint[]) returns void"
        " language plpgsql as $$ begin end $$"
    )
    with films.engine.begin() as connection:
        connection.execute(unlocked)
    reader = Reader(TEXT)
    with films.engine.connect() as first, films.engine.connect() as asking:
        _write(first, films.film(), [TEXT])
        with films.engine.begin() as second:
            _write(second, films.film(), [TEXT])
        reader.poll(asking)
        first.commit()
        asking.rollback()
        reader.poll(asking)
        assert len(_standing(asking, TEXT) - reader.known) == 1


@dataclass(frozen=True)
class Step:
    """One transaction: what it does to which film, how long it stays open, and how it ends."""

    does: str
    film: int
    spaces: tuple[int, ...]
    open_ms: int
    commits: bool


STEPS = st.lists(
    st.builds(
        Step,
        does=st.sampled_from(["write", "write", "write", "delete runs", "delete film"]),
        film=st.integers(0, _FILMS - 1),
        spaces=st.sampled_from([(0,), (1,), (0, 1), (1, 0), (0, 0, 1)]),
        open_ms=st.integers(0, 5),
        commits=st.sampled_from([True, True, True, False]),
    ),
    max_size=6,
)


class World:
    """Some films in two spaces of their own, many writers, and one reader."""

    def __init__(self, engine: Engine, films: IndexedFilms, name: str) -> None:
        self.engine = engine
        self.spaces = [replace(space, model_version=name) for space in (TEXT, IMAGE)]
        self.films = [films.film() for _ in range(_FILMS)]
        self.readers = [Reader(space) for space in self.spaces]

    def work(self, steps: Sequence[Step]) -> None:
        for step in steps:
            with self.engine.connect() as connection:
                try:
                    self._do(connection, step)
                except IntegrityError:
                    continue  # another one removed the film meanwhile
                time.sleep(step.open_ms / 1000)
                connection.commit() if step.commits else connection.rollback()

    def _do(self, connection: Connection, step: Step) -> None:
        film = self.films[step.film]
        if step.does == "write":
            _write(connection, film, [self.spaces[number] for number in step.spaces])
        elif step.does == "delete runs":
            connection.execute(delete(runs).where(runs.c.asset_id == film))
        else:
            connection.execute(delete(asset).where(asset.c.asset_id == film))

    def poll_until(self, done: threading.Event) -> None:
        with self.engine.connect() as connection:
            while True:
                was_done = done.is_set()
                for reader in self.readers:
                    reader.poll(connection)
                    connection.rollback()
                if was_done:
                    return
                time.sleep(0.001)


@pytest.fixture
def crowded_engine(database_url: str) -> Iterator[Engine]:
    """Enough connections for all writers, the reader and the test."""
    engine = create_engine(database_url, pool_size=_WRITERS + 3)
    yield engine
    engine.dispose()


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(work=st.lists(STEPS, min_size=_WRITERS, max_size=_WRITERS))
def test_whatever_transactions_interleave_the_reader_ends_with_what_stands(
    crowded_engine: Engine, films: IndexedFilms, work: list[list[Step]]
) -> None:
    world = World(crowded_engine, films, name=films.film())
    done = threading.Event()
    with ThreadPoolExecutor(_WRITERS + 1) as pool:
        reading = pool.submit(world.poll_until, done)
        writing = [pool.submit(world.work, steps) for steps in work]
        try:
            for each in writing:
                each.result(timeout=60)
        finally:
            done.set()
        reading.result(timeout=60)
    with crowded_engine.connect() as connection:
        for reader in world.readers:
            assert reader.known == _standing(connection, reader.space)
