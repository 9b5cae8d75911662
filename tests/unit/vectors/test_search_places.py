"""Places are handed over in the order in which threads came."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

from rushes.vectors.live.places import Places


def test_no_more_are_inside_than_there_are_places_and_all_get_in() -> None:
    places, lock = Places(3), Lock()
    inside, most, entered = 0, 0, 0

    def enter(_: int) -> None:
        nonlocal inside, most, entered
        with places:
            with lock:
                inside, entered = inside + 1, entered + 1
                most = max(most, inside)
            time.sleep(0.001)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(enter, range(200)))
    assert (most, entered, inside) == (3, 200, 0)


def test_who_leaves_comes_behind_those_who_wait() -> None:
    places, order = Places(1), list[str]()
    is_inside, may_leave = Event(), Event()

    def first() -> None:
        with places:
            is_inside.set()
            may_leave.wait(10)
        with places:
            order.append("again")

    def second() -> None:
        with places:
            order.append("second")

    with ThreadPoolExecutor(2) as threads:
        running = threads.submit(first)
        is_inside.wait(10)
        waiting = threads.submit(second)
        while not places._waiting:
            time.sleep(0.001)
        may_leave.set()
        running.result(10)
        waiting.result(10)
    assert order == ["second", "again"]


def test_a_place_is_free_again_after_an_error() -> None:
    places = Places(1)
    for _ in range(3):
        try:
            with places:
                raise ValueError
        except ValueError:
            pass
    with places:
        pass
