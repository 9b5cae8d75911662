"""What a scan found and did, for people and for whoever starts the analysis."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from rushes.library.listing import RejectedFile


@dataclass(frozen=True, slots=True)
class MovedVideo:
    """A film that lies elsewhere now; paths relative to the root."""

    asset_id: str
    old_path: str
    new_path: str


@dataclass(frozen=True, slots=True)
class DuplicateVideo:
    """A new film whose content lies at `original_path` too."""

    asset_id: str
    path: str
    original_path: str


@dataclass(slots=True)
class ScanReport:
    """One look at a library. Lists hold asset ids, `settling` paths, `unlisted` path -> reason.

    `deleted` are the paths of files that lie there though their film was deleted on demand.

    `asset_ids` are all films in the scope of the look that are there (offline: that were last).
    """

    slug: str
    status: str = "online"
    status_reason: str | None = None
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    moved: list[MovedVideo] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    duplicates: list[DuplicateVideo] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unchanged: int = 0
    settling: list[str] = field(default_factory=list)
    rejected: list[RejectedFile] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unlisted: dict[str, str] = field(default_factory=dict)
    asset_ids: list[str] = field(default_factory=list)

    @property
    def is_online(self) -> bool:
        return self.status == "online"

    @property
    def to_analyse(self) -> list[str]:
        """Films whose content was not there at the last look: new, duplicate or changed."""
        return sorted([*self.new, *(video.asset_id for video in self.duplicates), *self.changed])

    @property
    def summary(self) -> str:
        """One line for people."""
        if not self.is_online:
            return f"{self.slug}: offline ({self.status_reason}); nothing was changed"
        counts = {
            "films": len(self.asset_ids),
            "new": len(self.new),
            "duplicates": len(self.duplicates),
            "moved": len(self.moved),
            "changed": len(self.changed),
            "returned": len(self.returned),
            "missing": len(self.missing),
            "still settling": len(self.settling),
            "rejected": len(self.rejected),
            "deleted on demand": len(self.deleted),
        }
        told = [f"{count} {name}" for name, count in counts.items() if count or name == "films"]
        return f"{self.slug}: {', '.join(told)}"

    def to_dict(self) -> dict[str, Any]:
        """The report as plain lists and dictionaries."""
        return asdict(self)
