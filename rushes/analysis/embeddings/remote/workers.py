"""Work on many items by a few threads, given up at once when the caller has to stop."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Final, TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

_CHECK_SECONDS: Final = 0.25
"""How often the caller's check is asked while nothing is done."""


def in_parallel(
    work: Callable[[Item, Event], Made],
    items: Sequence[Item],
    threads: int,
    check: Callable[[], None],
) -> list[Made]:
    """`work(item, stop)` of each item, in their order. The first error ends it all and is raised.

    `check` ends it by raising. Threads are not waited for then: they see `stop`, and one that hangs
    in a call of another library holds nobody up, not even the end of the process.
    """
    todo = deque(enumerate(items))
    done: SimpleQueue[tuple[int, Made | BaseException]] = SimpleQueue()
    stop = Event()

    def worker() -> None:
        while not stop.is_set():
            try:
                number, item = todo.popleft()
            except IndexError:
                return
            try:
                done.put((number, work(item, stop)))
            except BaseException as error:
                done.put((number, error))
                return

    for number in range(min(threads, len(items))):
        Thread(target=worker, name=f"remote-{number}", daemon=True).start()
    try:
        return _gathered(done, len(items), check)
    finally:
        stop.set()


def _gathered(
    done: SimpleQueue[tuple[int, Made | BaseException]], count: int, check: Callable[[], None]
) -> list[Made]:
    made: dict[int, Made] = {}
    while len(made) < count:
        check()
        try:
            number, result = done.get(timeout=_CHECK_SECONDS)
        except Empty:
            continue
        if isinstance(result, BaseException):
            raise result
        made[number] = result
    return [made[number] for number in range(count)]
