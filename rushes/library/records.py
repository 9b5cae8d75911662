"""Libraries and films as the rest of Rushes sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rushes.library.volumes import RootIdentity

# In `libraries.settings`: the prefixes that a library is limited to; absent for a whole root.
SCOPE_SETTING = "only"


@dataclass(frozen=True, slots=True)
class Library:
    """A root folder that is read and never written."""

    slug: str
    root: Path
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    settings: Mapping[str, Any]
    volume_label: str | None
    status: str
    status_reason: str | None
    identity: RootIdentity | None
    last_scan_at: datetime | None
    created_at: datetime

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Library:
        """A row of `libraries`."""
        recorded = row["root_device"] is not None and row["root_inode"] is not None
        return cls(
            slug=row["slug"],
            root=Path(row["root"]),
            include=tuple(row["include"]),
            exclude=tuple(row["exclude"]),
            settings=row["settings"],
            volume_label=row["volume_label"],
            status=row["status"],
            status_reason=row["status_reason"],
            identity=RootIdentity(row["root_device"], row["root_inode"]) if recorded else None,
            last_scan_at=row["last_scan_at"],
            created_at=row["created_at"],
        )

    @property
    def only(self) -> tuple[str, ...]:
        """The prefixes that the library is limited to; `("",)` for a whole root."""
        return tuple(self.settings.get(SCOPE_SETTING) or ("",))

    @property
    def is_whole(self) -> bool:
        """Whether the library is everything under its root."""
        return "" in self.only


@dataclass(frozen=True, slots=True)
class Video:
    """A film with what is needed to find its file: sizes in bytes, times in ms or UTC."""

    asset_id: str
    library_slug: str
    path: str
    content_hash: str
    content_version: int
    size_bytes: int
    mtime_ns: int
    state: str
    missing_since: datetime | None
    duration_ms: int | None
    capture_time: datetime | None
    preview_ready: bool
    playable: bool
    searchable: bool
    offline_ready: bool
    is_favorite: bool
    created_at: datetime
    updated_at: datetime
    library_root: str
    library_status: str
    volume_label: str | None

    @property
    def source_path(self) -> Path:
        """Where the file lies when its volume is there."""
        return Path(self.library_root) / self.path


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """A library with the numbers of its films and files."""

    library: Library
    present: int
    missing: int
    settling: int
    rejected: int
