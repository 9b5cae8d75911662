"""All that can happen to films, workers, the engine and readers, in any order."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from rushes.search.quickwit.errors import QuickwitError
from rushes.search.sync.purge import purge
from rushes.search.sync.reconcile import reconcile
from rushes.search.sync.worker import SearchSyncWorker
from tests.integration.search.changes.changing_library import (
    INDEXES,
    ChangingLibrary,
    CrashError,
    Database,
)
from tests.integration.search.changes.publishing import Publisher, SteppedWorker
from tests.integration.search.changes.reading_laws import Readers, Reading
from tests.integration.search.changes.settling_laws import settle_everything
from tests.quickwit_model.mishaps import OF_ANY_REQUEST, Mishap

FILMS = st.sampled_from("abc")
CHANGES = st.sampled_from(["text", "cut", "move", "favourite", "delete"])
WORKERS = st.sampled_from([0, 1])
MISHAPS = st.sampled_from(list(Mishap))
MOST_ATTEMPTS = 5
SECONDS = st.sampled_from([1.0, 7.0, 40.0, 100.0, 1_000.0, 50 * 3600.0])
WORDS = st.sampled_from([None, "w0", "w1"])
LAYOUTS = st.sampled_from(
    [dict.fromkeys(("one", "two"), INDEXES[0]), dict(zip(("one", "two"), INDEXES, strict=True))]
)
MEANWHILE = st.sampled_from(
    ["crash", "lose lock", "change", "delete", "other", "read", "time", "commit", "purge"]
)


class SyncMachine(RuleBasedStateMachine):
    """The synchronisation as it is. `database` is set by the test."""

    database: ClassVar[Database]

    @initialize(layout=LAYOUTS, matures_at_once=st.booleans())
    def prepare(self, layout: dict[str, str], matures_at_once: bool) -> None:
        self.library = ChangingLibrary(self.database, layout, matures_at_once=matures_at_once)
        self.readers = self.make_readers()
        self.workers = [SteppedWorker(self.library, self.make_publisher) for _ in range(2)]
        self.reading: Reading | None = None

    def make_publisher(self) -> Publisher:
        """A new process."""
        clock = self.library.clock
        return SearchSyncWorker(
            self.database.engine,
            self.library.client,
            clock=clock.now,
            monotonic=clock.monotonic,
        )

    def make_readers(self) -> Readers:
        """Those that read by the protocol."""
        return Readers(self.library)

    @rule(film=FILMS, what=CHANGES)
    def change(self, film: str, what: str) -> None:
        self.library.change(film, what)

    @rule(film=FILMS, what=CHANGES)
    def begin_slow_change(self, film: str, what: str) -> None:
        self.library.change(film, what, slowly=True)

    @rule(is_kept=st.booleans())
    def end_slow_change(self, is_kept: bool) -> None:
        self.library.end_slow_change(is_kept=is_kept)

    @rule(who=WORKERS, phase=st.sampled_from(["begin", "settle"]))
    def work(self, who: int, phase: str) -> None:
        self.workers[who].step(phase)
        self.read_all()

    @rule(who=WORKERS)
    def publish(self, who: int) -> None:
        """What mostly happens: all phases of one worker, as nothing goes wrong."""
        for phase in ("begin", "begin"):
            self.workers[who].step(phase)
        self.library.model.advance(1)
        self.library.model.advance(6)
        self.workers[who].step("settle")
        self.read_all()

    @rule(who=WORKERS, phase=st.sampled_from(["send", "settle"]), mishap=MISHAPS)
    def work_amid_mishaps(self, who: int, phase: str, mishap: Mishap) -> None:
        if phase == "send" and not self.workers[who].has_begun:
            self.workers[who].step("begin")
        self.workers[who].step(phase, [mishap] * MOST_ATTEMPTS)
        self.read_all()

    @rule(
        who=WORKERS,
        phase=st.sampled_from(["begin", "settle"]),
        at=st.integers(0, 6),
        what=MEANWHILE,
        film=FILMS,
    )
    def work_and_meanwhile(self, who: int, phase: str, at: int, what: str, film: str) -> None:
        self.library.meanwhile(at, lambda: self._meanwhile(who, what, film))
        self.workers[who].step(phase)
        self.read_all()

    def _meanwhile(self, who: int, what: str, film: str) -> None:
        other = self.workers[1 - who]
        match what:
            case "crash":
                raise CrashError
            case "lose lock":
                self.workers[who].lose_lock()
                for _ in range(3):
                    other.step("settle")
            case "change":
                self.library.change(film, "move")
            case "delete":
                self.library.change(film, "delete")
            case "other":
                other.step("settle")
            case "read":
                self.read_all()
            case "time":
                self.library.model.advance(100)
            case "commit":
                self.library.end_slow_change()
            case "purge":
                self.do_purge()

    @rule(who=WORKERS)
    def crash(self, who: int) -> None:
        self.workers[who].crash()

    @rule(seconds=SECONDS)
    def pass_time(self, seconds: float) -> None:
        self.library.model.advance(seconds)
        self.read_all()

    @rule(is_slow=st.booleans())
    def commit_slowly(self, is_slow: bool) -> None:
        self.library.model.is_slow = is_slow

    @rule(taken=st.sampled_from([None, 1, 2]), is_published=st.booleans(), who=WORKERS)
    def commit(self, taken: int | None, is_published: bool, who: int) -> None:
        """A part of what was accepted, perhaps of one film; somebody looks at once."""
        for index in self.library.model.by_id.values():
            index.open_workbench(taken)
            if is_published:
                index.commit()
        if is_published and self.workers[who].is_busy:
            self.workers[who].step("settle")
        self.read_all()

    @rule(places=st.sampled_from([None, (0, 1), (1, 2), (0, 2)]))
    def merge(self, places: tuple[int, ...] | None) -> None:
        for index in self.library.model.by_id.values():
            index.merge(places)
        self.read_all()

    @rule()
    def plan_deletes(self) -> None:
        """The planner's ticks are nobody's clock."""
        for index in self.library.model.by_id.values():
            index.plan()
        self.read_all()

    @rule(place=st.integers(0, 9))
    def bring_again(self, place: int) -> None:
        """At least once: the engine indexes again what it had taken long ago."""
        self.do_bring_again(place)

    def do_bring_again(self, place: int) -> None:
        """Of every index something."""
        for index in self.library.model.by_id.values():
            if index.taken:
                self.readers.late.add(index.bring_again(place))

    @rule(mishap=st.sampled_from([Mishap.NONE, *OF_ANY_REQUEST]))
    def purge(self, mishap: Mishap) -> None:
        self.library.transport.mishaps.choose([mishap])
        self.do_purge()
        self.library.transport.mishaps.choose(())
        self.read_all()

    def do_purge(self) -> None:
        """As the asset does a few times an hour."""
        self._try(
            lambda: purge(self.database.engine, self.library.client, self.library.clock.now())
        )

    @rule()
    def reconcile(self) -> None:
        self.do_reconcile()
        self.read_all()

    def do_reconcile(self) -> None:
        """As the asset does each day."""
        now = self.library.clock.now()
        self._try(lambda: reconcile(self.database.engine, self.library.client, now))

    def _try(self, work: Callable[[], Any]) -> None:
        with suppress(QuickwitError):  # the next run of the asset does it
            work()

    @precondition(lambda self: self.reading is None)
    @rule(word=WORDS)
    def begin_to_read(self, word: str | None) -> None:
        self.reading = self.readers.begin(word)

    @precondition(lambda self: self.reading is not None and self.reading.answer is None)
    @rule()
    def go_on_reading(self) -> None:
        assert self.reading
        self.readers.search(self.reading)

    @precondition(lambda self: self.reading is not None and self.reading.answer is not None)
    @rule()
    def end_reading(self) -> None:
        assert self.reading
        reading, self.reading = self.reading, None
        self.readers.finish(reading)

    def read_all(self) -> None:
        """Read everything at this moment."""
        self.readers.read()

    def settle(self) -> None:
        """Nothing goes wrong any more: all has to come right."""
        self.library.end_slow_change()
        settle_everything(self.library, self.workers, self.readers)

    def teardown(self) -> None:
        if not hasattr(self, "library"):
            return
        try:
            if sys.exc_info()[0] is None:  # a law that is broken already is to be told
                self.settle()
        finally:
            for worker in self.workers:
                worker.crash()
            self.library.close()
