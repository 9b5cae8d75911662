"""Two libraries of small films that change, and the machinery that follows them, step by step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, Engine, event

from rushes.db.reading import reader
from rushes.search.quickwit.template import compile_template
from tests.integration.search.changes.source_films import Version, remove, write
from tests.quickwit_model.clock import ModelClock
from tests.quickwit_model.engine import ModelEngine
from tests.quickwit_model.transport import ModelTransport

LIBRARIES = ("one", "two")
INDEXES = ("scenes-1", "scenes-2")
_FORGET = """
delete from current_runs; delete from asset; delete from film_changes;
delete from search_sync_queue; delete from search_sync_claims; delete from search_sync_failures;
delete from search_ledger; delete from search_revs;
update search_ledger_serial set serial = 0, max_rev = 0; alter sequence search_rev_seq restart;
"""


class CrashError(BaseException):
    """The process ended here."""


class Database:
    """One database for all examples of a run."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self.plain = psycopg.connect(address, autocommit=True)
        self.slow = psycopg.connect(address)
        self.reading: Connection = reader(engine).connect()
        self.step: Callable[[], None] = lambda: None
        event.listen(engine, "begin", lambda connection: self.step())
        self._prepare()

    def _prepare(self) -> None:
        """What other pages derive of a whole film is not looked at here, and costs much."""
        self.plain.execute("alter table film_changes disable trigger refresh_changed_film")
        self.plain.execute("insert into libraries (slug, root) values ('one', '/1'), ('two', '/2')")
        for index in INDEXES:
            self.plain.execute(
                "insert into index_generation (name, config_hash, config, state)"
                " values (%s, '', %s, 'active')",
                [index, Jsonb(compile_template(index))],
            )

    def forget(self, indexes: dict[str, str]) -> None:
        """Begin anew. `indexes`: library -> the index that answers for it."""
        self.step = lambda: None
        self.slow.rollback()
        self.plain.execute(_FORGET)
        for library, index in indexes.items():
            self.plain.execute(
                "update library_model_policy set active_index_name = %s where library_slug = %s",
                [index, library],
            )

    def close(self) -> None:
        """End its connections."""
        self.reading.close()
        self.plain.close()
        self.slow.close()


@dataclass(slots=True)
class _Slow:
    """A change that is made and not committed yet. `after` None: the film is deleted."""

    asset_id: str
    after: Version | None


class ChangingLibrary:
    """The truth: what each film is and was, and everything that can be done to it.

    `history`: all versions of a film, by number. `born`: with which of them it was made last.
    """

    def __init__(
        self, database: Database, indexes: dict[str, str], *, matures_at_once: bool
    ) -> None:
        self.database = database
        database.forget(indexes)
        self.clock = ModelClock()
        self.model = ModelEngine(self.clock, matures_at_once=matures_at_once)
        self.transport = ModelTransport(self.model)
        self.client = self.transport.client()
        for index in INDEXES:
            self.client.create_index(compile_template(index))
        self.films: dict[str, Version] = {}
        self.history: dict[str, dict[int, Version]] = {}
        self.born: dict[str, int] = {}
        self._slow: _Slow | None = None
        self._made = 0
        self._left = 0
        self._then: Callable[[], None] | None = None
        database.step = self._step
        self.transport.before = lambda path: self._step()

    def meanwhile(self, at: int, then: Callable[[], None]) -> None:
        """Do that before the transaction or request to come after `at` others."""
        self._left, self._then = at, then

    def undisturbed(self) -> None:
        """Forget what was to be done meanwhile."""
        self._then = None

    def _step(self) -> None:
        if self._then is None:
            return
        if self._left == 0:
            then, self._then = self._then, None
            then()
        else:
            self._left -= 1

    def is_free(self, asset_id: str) -> bool:
        """Whether no transaction holds the film."""
        return self._slow is None or self._slow.asset_id != asset_id

    def change(self, asset_id: str, what: str, *, slowly: bool = False) -> None:
        """Make, change or delete a film; a film that is not there is made, whatever is asked."""
        if not self.is_free(asset_id) or (slowly and self._slow):
            return
        after = self._changed(asset_id, what)
        connection = self.database.slow if slowly else self.database.plain
        if after is None:
            remove(connection, asset_id)
        else:
            write(connection, self.films.get(asset_id), after)
        if slowly:
            self._slow = _Slow(asset_id, after)
        else:
            self._happened(asset_id, after)

    def end_slow_change(self, *, is_kept: bool = True) -> None:
        """Commit or roll back what was begun slowly."""
        slow, self._slow = self._slow, None
        if slow is not None and is_kept:
            self.database.slow.commit()
            self._happened(slow.asset_id, slow.after)
        elif slow is not None:
            self.database.slow.rollback()

    def _changed(self, asset_id: str, what: str) -> Version | None:
        self._made += 1
        number, before = self._made, self.films.get(asset_id)
        if before is None:
            cut = (number, number % 3)
            return Version(asset_id, number, "one", f"w{number % 3}", False, cut, number)
        match what:
            case "delete":
                return None
            case "text":
                return replace(before, number=number, text=f"w{number % 3}")
            case "cut":
                return replace(before, number=number, cut=(number, (before.cut[1] + 1) % 4))
            case "move":
                other = LIBRARIES[before.library == LIBRARIES[0]]
                return replace(before, number=number, library=other)
        return replace(before, number=number, favourite=not before.favourite)

    def _happened(self, asset_id: str, after: Version | None) -> None:
        if after is None:
            del self.films[asset_id], self.born[asset_id]
        else:
            self.films[asset_id] = after
            self.born.setdefault(asset_id, after.number)
            self.history.setdefault(asset_id, {})[after.number] = after

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a query finds."""
        return self.database.plain.execute(statement, values or None).fetchall()

    def close(self) -> None:
        """End what is open."""
        self.undisturbed()
        with suppress(psycopg.Error):
            self.database.slow.rollback()
        self.client.close()
