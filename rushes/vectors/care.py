"""What one open index needs from time to time. Searches go on meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rushes.db.reading import reading
from rushes.vectors.building.save import save_generation
from rushes.vectors.counting import count_space
from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.events import IndexEvent, damages
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import Manifest
from rushes.vectors.generations.opening import open_generation
from rushes.vectors.generations.stamps import States, states_of
from rushes.vectors.generations.verification import verify
from rushes.vectors.live.base import Base
from rushes.vectors.live.view import View
from rushes.vectors.opened import OpenedIndex
from rushes.vectors.options import SavePolicy
from rushes.vectors.purging import sweep_space
from rushes.vectors.rebuilding import rebuild

_SCRUB_SECONDS: Final = 24 * 3600.0
_ASK_SECONDS: Final = 3.0
_LOOKS: Final = 5
"""So often an index is compared with Postgres until no change comes between."""


class IndexCare:
    """The steps, in their order; each does nothing where there is nothing to do."""

    STEPS: Final = ("keep_up", "follow", "heed", "scrub", "compare", "save", "sweep")

    def __init__(self, opened: OpenedIndex, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.live = opened.live
        self.ladder = opened.ladder
        self._engine = opened.engine
        self._options = opened.options
        self._clock = clock
        self._refused: str | None = None
        self._scrub_at = clock()
        self._look: _Look | None = None
        self._ask_at = clock()
        self._compared: str | None = None
        self._looked_at = clock()

    def keep_up(self) -> None:
        """Apply what was committed, though nobody asks: what others prune is then applied here."""
        self.live.caught_up()

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

    def heed(self) -> None:
        """Leave the generation that is open where its files were touched and do not verify any
        more, or where another process found it damaged.
        """
        name = _name(self.live.view.base)
        if name is None:
            return
        look = _Look.at(self.ladder.folder, name)
        if look.is_suspect_after(self._look):
            self._verify(name)
            look = _Look.at(self.ladder.folder, name)
        elif (what := self._told(name)) is not None:
            self._leave(name, what)
        self._look = look

    def scrub(self) -> None:
        """Read and hash all files of the generation that is open: soon after the start, which
        believed a stamp, and each day.
        """
        name = _name(self.live.view.base)
        if name is None or self._clock() < self._scrub_at:
            return
        self._verify(name)
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

    def sweep(self) -> None:
        """Remove what writers left that died: it takes room, and may hold what was erased."""
        sweep_space(self.ladder.folder)

    def _verify(self, name: str) -> None:
        """Read all of the generation that is open, and leave it where it is damaged."""
        try:
            verify(self.ladder.folder, name)
        except GenerationDamagedError as error:
            # Else a newer one took its place; what is open stays readable.
            if name in self.ladder.folder.names():
                self._leave(name, error.message)

    def _leave(self, name: str, what: str) -> None:
        self.ladder.note_damage(name, what)
        self.live.begin_with(self.ladder.climb())

    def _told(self, name: str) -> str | None:
        """What another process found wrong with it; asked from time to time."""
        if self._clock() < self._ask_at:
            return None
        folder = self.ladder.folder
        wanted = (folder.space.key, name)
        with reading(self._engine) as connection:
            found = damages(connection, folder.path.parent, [wanted])
        self._ask_at = self._clock() + _ASK_SECONDS
        return found.get(wanted)

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


@dataclass(frozen=True, slots=True)
class _Look:
    """What a few calls of `stat` tell of a generation; `states` None: files are missing."""

    name: str
    states: States | None
    has_stamp: bool

    @classmethod
    def at(cls, folder: SpaceFolder, name: str) -> _Look:
        try:
            states = states_of(folder.generation(name))
        except GenerationDamagedError:
            states = None
        return cls(name, states, folder.stamp(name).exists())

    def is_suspect_after(self, before: _Look | None) -> bool:
        """Whether files changed, or somebody took the stamp away, as who finds damage does. A
        generation that was written just now has none yet.
        """
        if before is None or before.name != self.name:
            return False
        return self.states != before.states or (before.has_stamp and not self.has_stamp)


def _name(base: Base | None) -> str | None:
    return None if base is None else base.manifest.name


def _is_unsaved(view: View) -> bool:
    """Also where all that came went again: rows and tombstones must not pile up for ever."""
    buried = 0 if view.base is None else view.base.manifest.tombstones
    return view.delta.count > 0 or view.tombstones > buried
