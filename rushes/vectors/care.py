"""What one open index needs from time to time. Searches go on meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from rushes.db.reading import reading
from rushes.vectors.building.save import save_generation
from rushes.vectors.counting import count_space
from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.events import IndexEvent
from rushes.vectors.generations.manifest import Manifest
from rushes.vectors.generations.opening import open_generation
from rushes.vectors.generations.verification import verify
from rushes.vectors.live.base import Base
from rushes.vectors.live.view import View
from rushes.vectors.opened import OpenedIndex
from rushes.vectors.options import SavePolicy
from rushes.vectors.rebuilding import rebuild

_SCRUB_SECONDS: Final = 24 * 3600.0
_LOOKS: Final = 5
"""So often an index is compared with Postgres until no change comes between."""


class IndexCare:
    """The steps, in their order; each does nothing where there is nothing to do."""

    STEPS: Final = ("follow", "scrub", "compare", "save")

    def __init__(self, opened: OpenedIndex, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.live = opened.live
        self.ladder = opened.ladder
        self._engine = opened.engine
        self._options = opened.options
        self._clock = clock
        self._refused: str | None = None
        self._scrub_at = clock()
        self._compared: str | None = None
        self._looked_at = clock()

    def follow(self) -> None:
        """Go on from the generation that another process published."""
        name, base = self.ladder.folder.current(), self.live.view.base
        if name is None or name == self._refused or name == _name(base):
            return
        found = self.ladder.from_files()
        if found is None or found.manifest.name == _name(base):
            # Damaged, or of another database: once replaced, as nothing could be saved beside it.
            self._refused = name
            found = self.ladder.rebuilt(
                f"{name} cannot be used", lambda each: each.manifest.name != _name(base)
            )
        if found is not None:
            self.live.begin_with(found)

    def scrub(self) -> None:
        """Read and hash all files of the generation that is open: soon after the start, which
        believed a stamp, and each day.
        """
        name = _name(self.live.view.base)
        if name is None or self._clock() < self._scrub_at:
            return
        try:
            verify(self.ladder.folder, name)
        except GenerationDamagedError as error:
            if name not in self.ladder.folder.names():
                return  # a newer one took its place; what is open stays readable
            self.ladder.note_damage(name, error.message)
            self.live.begin_with(self.ladder.climb())
        self._scrub_at = self._clock() + _SCRUB_SECONDS

    def compare(self) -> None:
        """As many embeddings as Postgres has, once for each generation; else build it anew."""
        key = _name(self.live.view.base) or "in memory"
        if key == self._compared:
            return
        if (difference := self._difference()) is not None:
            self.ladder.note_failure(f"{key} {difference}, building anew")
            self.live.begin_with(self.ladder.rebuilt("its count differed from Postgres"))
        self._compared = key

    def save(self) -> None:
        """Make what came since a generation, by the policy."""
        policy = self._options.save
        is_due = policy is SavePolicy.IMMEDIATE or (
            policy is SavePolicy.PERIODIC
            and self._clock() >= self._looked_at + self._options.save_seconds
        )
        if not is_due:
            return
        self._looked_at = self._clock()
        with self.ladder.folder.try_locked() as is_free:
            if not is_free:
                return  # another process writes a generation, which `follow` will find
        view = self.live.caught_up()
        if not _is_unsaved(view) or (manifest := self._saved(view)) is None:
            return
        self.live.begin_with(open_generation(self.ladder.folder, manifest.name))
        self.ladder.note(IndexEvent.SAVED, f"{manifest.count} vectors", self.live.view.base)

    def _saved(self, view: View) -> Manifest | None:
        reason = f"save policy {self._options.save}"
        if view.base is None:
            return rebuild(self._engine, self.ladder.folder, self._options, reason=reason)
        return save_generation(
            self._engine, self.ladder.folder, view.base, self._options.build, reason=reason
        )

    def _difference(self) -> str | None:
        """None where there is none, or where changes come too fast to tell."""
        for _ in range(_LOOKS):
            view = self.live.caught_up()
            with reading(self._engine) as connection:
                there = count_space(connection, self.live.space)
            if there.latest_seq <= view.applied_seq:
                if there.embeddings == view.count:
                    return None
                return f"holds {view.count} vectors and Postgres {there.embeddings}"
        return None


def _name(base: Base | None) -> str | None:
    return None if base is None else base.manifest.name


def _is_unsaved(view: View) -> bool:
    if view.base is None:
        return view.count > 0
    return view.delta.live > 0 or view.tombstones > view.base.manifest.tombstones
