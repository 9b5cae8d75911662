"""The rows of one look: films, versions, files. One transaction, whatever the library's size."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from rushes.errors import MediaError
from rushes.library import scan_store
from rushes.library.asset_ids import new_asset_ids
from rushes.library.elsewhere import LearntHash, save_full_hashes_elsewhere
from rushes.library.identity import OccupiedPath, ScanPlan, SeenFile
from rushes.library.listing import ListedFile, RejectedFile
from rushes.library.paths import is_under_any
from rushes.library.report import DuplicateVideo, MovedVideo, ScanReport
from rushes.library.stability import DELETED, FileRecord, first_seen


@dataclass(slots=True)
class Findings:
    """What a look found. Every listed film is in one of `contents`, `settling`, `rejected`.

    `contents` and `full_hashes`: content hash by path, full hash by content hash.
    `learnt_elsewhere`: what was read of films of other libraries to compare with.
    """

    films: Sequence[ListedFile]
    settling: set[str]
    rejected: dict[str, RejectedFile]
    unlisted: Mapping[str, str]
    contents: dict[str, str] = field(default_factory=dict)
    full_hashes: dict[str, str] = field(default_factory=dict)
    learnt_elsewhere: list[LearntHash] = field(default_factory=list)
    outside: list[OccupiedPath] = field(default_factory=list)

    def fail(self, film: ListedFile, error: MediaError, passing: Set[str]) -> None:
        """A film without a hash: it settles when the error is a passing one."""
        self.contents.pop(film.path, None)
        if error.code in passing:
            self.settling.add(film.path)
        else:
            self.rejected[film.path] = RejectedFile(
                film.path, error.code, error.message, film.size_bytes, film.mtime_ns
            )

    def reject_again(self, record: FileRecord) -> None:
        """A file that could not be taken before and is the same still."""
        self.rejected[record.path] = RejectedFile(
            record.path,
            record.error_code or "unreadable",
            record.error_text or "",
            record.size_bytes,
            record.mtime_ns,
        )

    def postpone(self, path: str) -> None:
        """Take the film at the next scan."""
        self.contents.pop(path, None)
        self.settling.add(path)

    @property
    def seen(self) -> list[SeenFile]:
        """The films whose content is known."""
        return [
            SeenFile(film.path, self.contents[film.path], film.size_bytes, film.mtime_ns)
            for film in self.films
            if film.path in self.contents
        ]

    @property
    def occupied(self) -> list[OccupiedPath]:
        """The places where something lies whose content is not known."""
        settling = [
            OccupiedPath(film.path, film.size_bytes)
            for film in self.films
            if film.path in self.settling
        ]
        rejected = [OccupiedPath(file.path, file.size_bytes) for file in self.rejected.values()]
        return [*self.outside, *settling, *rejected]


def write_findings(
    connection: Connection,
    slug: str,
    findings: Findings,
    plan: ScanPlan,
    records: Mapping[str, FileRecord],
    fresh: Collection[str],
    only: Sequence[str],
    now: datetime,
) -> ScanReport:
    """Write films and files, and say what was done.

    `records` are the files as they were, `fresh` the paths whose size or mtime is new, `only` the
    prefixes that were looked at.
    """
    ids = _write_assets(connection, slug, plan, fresh, now)
    scan_store.save_full_hashes(connection, slug, findings.full_hashes)
    save_full_hashes_elsewhere(connection, findings.learnt_elsewhere)
    owners = {match.file.path: match.asset.asset_id for match in plan.matches} | ids
    after = {record.path: record for record in _records_after(findings, records, owners, now)}
    changed = [record for path, record in after.items() if records.get(path) != record]
    gone = [
        path
        for path in records.keys() - after.keys()
        if is_under_any(path, only) and not is_under_any(path, findings.unlisted)
    ]
    scan_store.save_files(connection, slug, changed, now)
    scan_store.forget_files(connection, slug, gone)
    return _report(slug, findings, plan, ids)


def _write_assets(
    connection: Connection, slug: str, plan: ScanPlan, fresh: Collection[str], now: datetime
) -> dict[str, str]:
    """Write the films; the ids of those that are new, by path, in the order of their paths."""
    added = [*plan.new, *(duplicate.file for duplicate in plan.duplicates)]
    added.sort(key=lambda file: file.path)
    ids = new_asset_ids(len(added), now)
    touched = [match for match in plan.unchanged if match.file.path in fresh]
    scan_store.place_assets(connection, [*plan.moved, *plan.returned, *touched], now)
    scan_store.replace_contents(connection, plan.changed, now)
    scan_store.mark_missing(connection, [asset.asset_id for asset in plan.missing], now)
    scan_store.insert_assets(connection, slug, zip(ids, added, strict=True), now)
    return {file.path: asset_id for asset_id, file in zip(ids, added, strict=True)}


def _records_after(
    findings: Findings,
    records: Mapping[str, FileRecord],
    owners: Mapping[str, str],
    now: datetime,
) -> Iterator[FileRecord]:
    listed = set()
    for film in findings.films:
        listed.add(film.path)
        yield _record_after(film, findings, records.get(film.path), owners, now)
    for path, file in findings.rejected.items():
        if path not in listed:
            yield _rejected_record(file, records.get(path), now)


def _record_after(
    film: ListedFile,
    findings: Findings,
    old: FileRecord | None,
    owners: Mapping[str, str],
    now: datetime,
) -> FileRecord:
    since = first_seen(old, film, now)
    if (content := findings.contents.get(film.path)) is not None:
        owner = owners[film.path]
        return FileRecord(film.path, film.size_bytes, film.mtime_ns, since, "taken", content, owner)
    if (rejected := findings.rejected.get(film.path)) is not None:
        return _rejected_record(rejected, old, now)
    return FileRecord(
        film.path,
        film.size_bytes,
        film.mtime_ns,
        since,
        "settling",
        asset_id=old.asset_id if old else None,
    )


def _rejected_record(file: RejectedFile, old: FileRecord | None, now: datetime) -> FileRecord:
    """Keeps what is known of the very same file, so that it need not be hashed again."""
    size, mtime = file.size_bytes or 0, file.mtime_ns or 0
    same = old if old is not None and old.is_same_file(size, mtime) else None
    return FileRecord(
        file.path,
        size,
        mtime,
        same.first_seen_at if same else now,
        "rejected",
        same.content_hash if same else None,
        old.asset_id if old else None,
        file.code,
        file.message,
    )


def _report(slug: str, findings: Findings, plan: ScanPlan, ids: Mapping[str, str]) -> ScanReport:
    refused = sorted(findings.rejected.values(), key=lambda file: file.path)
    return ScanReport(
        slug,
        new=[ids[file.path] for file in plan.new],
        changed=[match.asset.asset_id for match in plan.changed],
        moved=[
            MovedVideo(match.asset.asset_id, match.asset.path, match.file.path)
            for match in plan.moved
        ],
        returned=[match.asset.asset_id for match in plan.returned],
        duplicates=[
            DuplicateVideo(ids[copy.file.path], copy.file.path, copy.original_path)
            for copy in plan.duplicates
        ],
        missing=[asset.asset_id for asset in plan.missing],
        unchanged=len(plan.unchanged),
        settling=sorted(findings.settling),
        rejected=[file for file in refused if file.code != DELETED],
        deleted=[file.path for file in refused if file.code == DELETED],
        unlisted=dict(findings.unlisted),
    )
