"""A backup's records put together as a restoration asks for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from rushes.export.records import (
    AuditRecord,
    ClusterRecord,
    CorrectionRecord,
    FacesRecord,
    FilmRecord,
    LibraryRecord,
    Record,
    SaidRecord,
    SplitFacesRecord,
    VectorsRecord,
)
from rushes.people.log import Entry


class OfContent(Protocol):
    """A record about one content."""

    @property
    def content_hash(self) -> str:
        """The content's name in the library that it was backed up from."""

    @property
    def full_hash(self) -> str | None:
        """The hash of all its bytes, where that was ever taken."""


@dataclass(slots=True)
class LibraryPart:
    """What a backup has of one library."""

    definition: LibraryRecord
    said: list[SaidRecord] = field(default_factory=list)
    clusters: list[ClusterRecord] = field(default_factory=list)
    faces: list[FacesRecord] = field(default_factory=list)
    split_faces: list[SplitFacesRecord] = field(default_factory=list)
    vectors: list[VectorsRecord] = field(default_factory=list)

    def entries(self) -> list[Entry]:
        """The log as it stood there, with its own numbers."""
        return [
            Entry(each.entry, each.library, each.action, each.payload, each.author, each.created_at)
            for each in sorted(self.said, key=lambda each: each.entry)
        ]


@dataclass(slots=True)
class BackupContents:
    """What a backup has: by library, by content, and the audit log."""

    libraries: dict[str, LibraryPart] = field(default_factory=dict)
    films: list[FilmRecord] = field(default_factory=list)
    corrections: list[CorrectionRecord] = field(default_factory=list)
    audit: list[AuditRecord] = field(default_factory=list)


def contents_of(records: Iterable[Record]) -> BackupContents:
    """The records in their places. What names a library that the backup lacks is left out."""
    found = BackupContents()
    by_kind: defaultdict[type[Any], list[Any]] = defaultdict(list)
    for record in records:
        by_kind[type(record)].append(record)
    found.libraries = {each.slug: LibraryPart(each) for each in by_kind[LibraryRecord]}
    places: Mapping[type[Any], str] = {
        SaidRecord: "said",
        ClusterRecord: "clusters",
        FacesRecord: "faces",
        SplitFacesRecord: "split_faces",
        VectorsRecord: "vectors",
    }
    for kind, place in places.items():
        for record in by_kind[kind]:
            if part := found.libraries.get(record.library):
                getattr(part, place).append(record)
    found.films = by_kind[FilmRecord]
    found.corrections = by_kind[CorrectionRecord]
    found.audit = by_kind[AuditRecord]
    return found
