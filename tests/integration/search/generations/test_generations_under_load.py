"""Indexes change places while films change and readers search."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rushes.search.generations.promotion import promote, rollback
from tests.integration.search.generations.searched_archive import Archive
from tests.integration.search.generations.steps import BOTH, assert_all_is_found, begin

ROUNDS = 2


@contextmanager
def at_the_same_time(*acts: Callable[[], None]) -> Iterator[None]:
    """Each again and again in a thread of its own; what they raise is raised at the end."""
    stop, failed = threading.Event(), list[BaseException]()

    def again(work: Callable[[], None]) -> None:
        try:
            while not stop.wait(0.005):
                work()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=again, args=(each,)) for each in acts]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        stop.set()
        for each in threads:
            each.join()
    for error in failed:
        raise error


def test_no_reader_misses_or_doubles_a_film_meanwhile(indexed: Archive) -> None:
    kept = indexed.wanted("hills")
    numbers = iter(range(10_000))

    def change() -> None:
        indexed.say(kept[0], f"version {next(numbers)} barks")
        indexed.sync()

    def read() -> None:
        assert indexed.found("hills") == kept

    engine, client = indexed.engine, indexed.client
    with at_the_same_time(change, read):
        for _ in range(ROUNDS):
            begin(indexed)
            promote(engine, client, BOTH)
            rollback(engine, BOTH)
            rollback(engine, BOTH)
    indexed.sync()
    assert_all_is_found(indexed)
