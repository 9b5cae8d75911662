"""Libraries' definitions and settings, put back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from rushes.export.records import LibraryRecord
from rushes.export.restore_report import RestoreReport
from rushes.library.records import SCOPE_SETTING, Library
from rushes.library.repository import all_libraries, insert_library, update_library

_NOT_SEEN = "restored from a backup; its folder was not looked at yet"


def restore_library(
    connection: Connection,
    record: LibraryRecord,
    wanted_slug: str,
    report: RestoreReport,
    *,
    overwrite: bool,
) -> str:
    """The slug of the library here: the one of that slug, else of that folder, else a new one."""
    known = all_libraries(connection)
    here = next((each for each in known if each.slug == wanted_slug), None) or next(
        (each for each in known if str(each.root) == record.root), None
    )
    if here is None:
        insert_library(
            connection,
            slug=wanted_slug,
            root=record.root,
            include=record.include,
            exclude=record.exclude,
            settings=record.settings,
            volume_label=record.volume_label,
            status="offline",
            status_reason=_NOT_SEEN,
        )
        report.count("libraries", is_new=True)
        return wanted_slug
    report.count("libraries", is_new=False)
    _merge(connection, here, record, report, overwrite=overwrite)
    return here.slug


def _merge(
    connection: Connection,
    here: Library,
    record: LibraryRecord,
    report: RestoreReport,
    *,
    overwrite: bool,
) -> None:
    # A narrower scope would take films out of a library that has more of its folder now.
    wanted = {key: each for key, each in record.settings.items() if key != SCOPE_SETTING}
    columns: dict[str, Any] = {"include": record.include, "exclude": record.exclude}
    standing = {**here.settings, "include": list(here.include), "exclude": list(here.exclude)}
    changed: dict[str, Any] = {}
    for key, value in {**wanted, **columns}.items():
        stands = standing.get(key)
        is_unset = key not in standing or (key in columns and not stands)
        if stands == value or (key in columns and not value):
            continue
        if not is_unset:
            kept = value if overwrite else stands
            report.differ("setting", f"{here.slug}: {key}", stands, value, kept)
        if is_unset or overwrite:
            changed[key] = value
            report.count("settings", is_new=True)
    if changed:
        globs = {key: changed.pop(key) for key in columns if key in changed}
        settings = {**here.settings, **changed}
        update_library(connection, here.slug, settings=settings, **globs)
