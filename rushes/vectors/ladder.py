"""Where the vectors of a space are read from at start: each rung that fails leaves the next one.

The current generation, the newest other one that verifies, one built from Postgres, and at last
Postgres itself, into memory. Every step down is logged and written down as an event.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from rushes.db.reading import reading
from rushes.errors import RushesError, StorageError
from rushes.vectors.anchors import holds
from rushes.vectors.building.database import database_identity, last_seq
from rushes.vectors.counting import count_embeddings
from rushes.vectors.events import IndexEvent, note, note_damage_once
from rushes.vectors.generations.folder import CURRENT, SpaceFolder
from rushes.vectors.generations.manifest import Manifest
from rushes.vectors.generations.opening import open_generation
from rushes.vectors.generations.recovery import Origin, recovered
from rushes.vectors.live.base import Base
from rushes.vectors.options import IndexOptions
from rushes.vectors.rebuilding import rebuild_under_lock
from rushes.vectors.space import EmbeddingSpace

log = logging.getLogger(__name__)


class SpaceLadder:
    """The ways to the vectors of one space. `is_wanted`: False ends a build that is under way."""

    def __init__(
        self,
        engine: Engine,
        root: Path,
        space: EmbeddingSpace,
        options: IndexOptions,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self.folder = SpaceFolder(root, space)
        self._engine = engine
        self._root = root
        self._space = space
        self._options = options
        self._is_wanted = is_wanted
        self._told: set[str] = set()
        self._owes_recovery = False

    def climb(self) -> Base | None:
        """The first rung that holds; None: from Postgres into memory. SQLAlchemy's errors."""
        if (base := self.from_files()) is not None:
            return base
        with reading(self._engine) as connection:
            count = count_embeddings(connection, self._space)
        if count > self._options.in_memory:
            base = self.rebuilt("no generation could be used", lambda _: True)
        self._note_recovery(base)
        return base

    def from_files(self) -> Base | None:
        """The newest generation that verifies; None where there is none, or no way to read it."""
        # Not of the readers' pool: who begins anew asks while he holds one of those.
        with self._engine.connect() as connection:
            origin = Origin(database_identity(connection), self._last_seq, self._is_of_its_past)
        try:
            base = recovered(self.folder, origin, self.note_damage, self.note_foreign)
        except (StorageError, OSError) as error:
            self.note_failure(f"the generations cannot be read: {error}")
            return None
        if base is not None:
            self._note_recovery(base)
        return base

    def rebuilt(self, reason: str, will_do: Callable[[Base], bool] | None = None) -> Base | None:
        """A new generation, from Postgres; None, told loudly, where it cannot be made or kept.

        `will_do`: whether one that lies there will, made by another process while this one waited.
        """
        try:
            with self.folder.locked():
                if will_do and (base := self.from_files()) is not None and will_do(base):
                    return base
                manifest = rebuild_under_lock(
                    self._engine, self.folder, self._options, reason=reason, progress=self._go_on
                )
            return open_generation(self.folder, manifest.name)
        except (RushesError, OSError) as error:
            if not self._is_wanted():
                raise
            self.note_failure(f"no generation could be built, going on in memory: {error}")
            return None

    def note_damage(self, generation: str, what: str) -> None:
        """Once for each generation, which this process uses no more."""
        if generation in self._told:
            return
        self._owes_recovery = True
        log.error("%s/%s is damaged: %s", self._space.key, generation, what)
        self.folder.doubted.add(generation)
        if self._note(IndexEvent.DAMAGED, what, generation):
            self._told.add(generation)

    def note_foreign(self, generation: str, what: str) -> None:
        """Once for each generation, whose files may well be whole."""
        if generation in self._told:
            return
        self._owes_recovery = True
        log.error("%s/%s cannot be used: %s", self._space.key, generation, what)
        if self._note(IndexEvent.FAILED, f"cannot be used: {what}", generation):
            self._told.add(generation)

    def note_failure(self, what: str) -> None:
        """To the log and to the events."""
        log.error("%s: %s", self._space.key, what, exc_info=sys.exc_info()[0] is not None)
        self._note(IndexEvent.FAILED, what, None)

    def note(self, event: IndexEvent, what: str, base: Base | None) -> None:
        """An event that is no fault."""
        generation = None if base is None else base.manifest.name
        log.warning("%s: %s: %s (%s)", self._space.key, event, what, generation or "in memory")
        self._note(event, what, generation)

    def _is_of_its_past(self, manifest: Manifest) -> bool:
        with self._engine.connect() as connection:
            return holds(connection, self._space, manifest.anchor)

    def _note_recovery(self, base: Base | None) -> None:
        if self._owes_recovery:
            self._owes_recovery = False
            self.note(IndexEvent.RECOVERED, "takes the place of what could not be used", base)

    def _note(self, event: IndexEvent, what: str, generation: str | None) -> bool:
        """False: it could not be written down and was logged only; the work goes on."""
        key, root = self._space.key, self._root
        try:
            if event is IndexEvent.DAMAGED and generation and generation != CURRENT:
                note_damage_once(self._engine, key, generation, what, root=root)
            else:
                note(self._engine, key, event, what, root=root, generation=generation)
        except SQLAlchemyError:
            log.exception("%s: the event %s was not written down", key, event)
            return False
        return True

    def _last_seq(self) -> int:
        with self._engine.connect() as connection:
            return last_seq(connection)

    def _go_on(self, *_: object, **__: object) -> None:
        if not self._is_wanted():
            raise StorageError("this process ends", retryable=True)
