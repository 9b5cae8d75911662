"""Progress of `index`: bars on a terminal, a line now and then elsewhere. Always on stderr."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from orchestration.cli.output import printable, stderr
from rushes.pipeline.events import Phase, StageEvent, observing

_QUIET_SECONDS = 8.0
_SHORT = 40
_DOING = {
    Phase.STARTED: "starting",
    Phase.DECODE: "decoding",
    Phase.MODEL: "analysing",
    Phase.DOCUMENT_WRITTEN: "writing",
    Phase.TRANSACTION_OPEN: "writing",
    Phase.COMMITTED: "done",
    Phase.EVENT_LOGGED: "done",
}


@contextmanager
def index_progress(names: Mapping[str, str]) -> Iterator[None]:
    """Show the work on the films of `names` (asset_id -> path) while the block runs."""
    shown = _Bars(names) if stderr.is_terminal else _Lines(names)
    with observing(shown.tell):
        try:
            yield
        finally:
            shown.close()


class _Bars:
    """One bar for the films, one for the stage in work."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._films_done: set[str] = set()
        self._current: tuple[str, str] | None = None
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"))
        self._bars = Progress(*columns, TimeElapsedColumn(), console=stderr, transient=True)
        self._films = self._bars.add_task("films", total=len(names), told="")
        self._stage: TaskID = self._bars.add_task("", total=None, told="")
        self._bars.start()

    def tell(self, event: StageEvent) -> None:
        """Move the bars."""
        if (event.asset_id, event.stage) != self._current:
            if self._current and self._current[0] != event.asset_id:
                self._films_done.add(self._current[0])
            self._current = (event.asset_id, event.stage)
            self._bars.reset(self._stage, total=None, completed=0)
        done = len(self._films_done)
        self._bars.update(self._films, completed=done, told=f"{done}/{len(self._names)}")
        name = printable(self._names.get(event.asset_id, event.asset_id))[-_SHORT:]
        told = f"{event.stage}: {_DOING[event.phase]}"
        self._bars.update(self._stage, description=name.replace("[", "\\["), told=told)
        if event.total:
            self._bars.update(self._stage, total=event.total, completed=event.done)

    def close(self) -> None:
        """Take the bars away."""
        self._bars.stop()


class _Lines:
    """A line when a film's stage starts, and at most every few seconds within it."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._numbers = {asset_id: number for number, asset_id in enumerate(names, 1)}
        self._last = 0.0
        self._current: tuple[str, str] | None = None

    def tell(self, event: StageEvent) -> None:
        """Print what is new, or what takes long."""
        now = time.monotonic()
        current = (event.asset_id, event.stage)
        if current == self._current and now - self._last < _QUIET_SECONDS:
            return
        self._current, self._last = current, now
        number = self._numbers.get(event.asset_id, 0)
        name = printable(self._names.get(event.asset_id, event.asset_id))
        share = f" {100 * event.done / event.total:.0f} %" if event.total else ""
        stderr.print(
            f"{number}/{len(self._names)} {name}: {event.stage} {_DOING[event.phase]}{share}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )

    def close(self) -> None:
        """Nothing is left open."""
