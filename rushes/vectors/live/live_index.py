"""The vectors of one space as this process sees them: never older than the question."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Final

from sqlalchemy import Connection, Engine

from rushes.db.reading import looking, reading
from rushes.vectors.cores import cores
from rushes.vectors.live.base import Base
from rushes.vectors.live.catching_up import caught_up
from rushes.vectors.live.places import Places
from rushes.vectors.live.turns import Turns
from rushes.vectors.live.view import View
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.store import SpaceChange, changes_since, latest_change

log = logging.getLogger(__name__)
_CHANGES_AT_A_TIME: Final = 5_000
_PLACES: Final = Places(cores() + 1)
"""Of all searches of this process; one more than can run, since one is always just waking up."""


class LiveIndex:
    """A view that is swapped by reference. Safe between threads; `open_base` brings the
    newest verified generation, None for none. `page`: changes that are read at a time.
    """

    def __init__(
        self,
        engine: Engine,
        space: EmbeddingSpace,
        open_base: Callable[[], Base | None],
        *,
        page: int = _CHANGES_AT_A_TIME,
    ) -> None:
        self.space = space
        self._engine = engine
        self._open_base = open_base
        self._page = page
        self._view = View.empty(space)
        self._applying = Lock()
        self._turns = Turns(self._catch_up)

    @property
    def view(self) -> View:
        """The view as it is, without a look at Postgres."""
        return self._view

    def caught_up(self) -> View:
        """A view with everything that was committed, by anybody, before this call."""
        self._turns.take()
        return self._view

    @contextmanager
    def searching(self, view: View | None = None) -> Iterator[View]:
        """To search in `view`, or without one in everything that anybody committed before this
        call. Not to be nested.

        About as many at a time as there are cores: more would only be in each other's way. Those
        who wait for their turn need no look at Postgres of their own, if one began after they came.
        """
        ticket = self._turns.ticket()
        with _PLACES:
            if view is None:
                self._turns.take(ticket)
            yield view or self._view

    def begin_with(self, base: Base | None) -> View:
        """Go on from that generation, which was verified; None: from all embeddings.

        Searches use the view before until this one has caught up.
        """
        with reading(self._engine) as connection:
            view = self._with_all(connection, self._beginning(connection, base))
            with self._applying:
                # What was committed since, so that no search goes back in time.
                self._view = self._with_all(connection, view)
        return self._view

    def _catch_up(self) -> None:
        # Not of the pool of those who answer: they may wait for this one.
        with looking(self._engine) as connection:
            if latest_change(connection, self.space, self._view.applied_seq) is None:
                return
            with self._applying:
                self._view = self._with_all(connection, self._view)

    def _with_all(self, connection: Connection, view: View) -> View:
        """The view with every change that is committed."""
        return caught_up(
            view,
            lambda applied, most: changes_since(connection, self.space, applied, most),
            lambda changes: self._anew(connection, changes),
            self._page,
        )

    def _anew(self, connection: Connection, changes: Sequence[SpaceChange]) -> View:
        """From a generation that has applied what was pruned, else from all embeddings."""
        log.warning("%s: tombstones were pruned, beginning anew", self.space.key)
        base = self._open_base()
        if base is not None and View.of(base).has_missed(changes):
            base = None
        return self._beginning(connection, base)

    def _beginning(self, connection: Connection, base: Base | None) -> View:
        if base is not None:
            return View.of(base)
        return View.empty(self.space, latest_change(connection, self.space, 0) or 0)
