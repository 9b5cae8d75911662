"""What a restoration did, what it left as it was, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class WaitsFor(StrEnum):
    """What has to happen before the same restoration can finish it."""

    INDEXING = "indexing"
    """The film is not in any library here."""
    FACES = "faces"
    """The film is here, its faces were not told apart yet."""
    A_FACE = "a face"
    """The films are here, but none of their faces is at the places that the backup knows."""
    A_RUN = "a run"
    """The film is here, the run that was pinned is not."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Something that could not be put in its place yet. It stays in the backup."""

    what: str
    subject: str
    waits_for: WaitsFor


@dataclass(frozen=True, slots=True)
class Conflict:
    """Database and backup say different things. `kept` is what stands now."""

    what: str
    subject: str
    here: str
    backup: str
    kept: str


@dataclass(slots=True)
class RestoreReport:
    """Counts by what was restored; `dry_run`: nothing was written."""

    file: str
    dry_run: bool
    restored: dict[str, int] = field(default_factory=dict)
    already_there: dict[str, int] = field(default_factory=dict)
    pending: list[Pending] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def written(self) -> int:
        """How much was restored in all."""
        return sum(self.restored.values())

    def count(self, what: str, *, is_new: bool, number: int = 1) -> None:
        """So many of `what` were written, or stood there before."""
        counts = self.restored if is_new else self.already_there
        if number:
            counts[what] = counts.get(what, 0) + number

    def wait(self, what: str, subject: str, waits_for: WaitsFor) -> None:
        """Something cannot be put in its place yet."""
        self.pending.append(Pending(what, subject, waits_for))

    def differ(self, what: str, subject: str, here: object, backup: object, kept: object) -> None:
        """Database and backup differ; `kept` stands."""
        self.conflicts.append(Conflict(what, subject, str(here), str(backup), str(kept)))
