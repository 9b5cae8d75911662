"""What a step of the synchronisation did."""

from __future__ import annotations

from dataclasses import dataclass, field

from rushes.search.sync.failures import Failure


@dataclass(slots=True)
class Progress:
    """What a step did. `published`: films that are searchable now, with their documents."""

    published: dict[str, int] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)

    def add(self, other: Progress) -> None:
        """Count another step in."""
        self.published.update(other.published)
        self.unchanged += other.unchanged
        self.removed += other.removed
        self.failed += other.failed

    @property
    def is_empty(self) -> bool:
        """Whether it did nothing."""
        return not (self.published or self.unchanged or self.removed or self.failed)
