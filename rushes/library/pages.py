"""Libraries and films as they are listed: one statement a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, func, select, true

from rushes.db.sql import load_sql
from rushes.db.tables import asset, libraries
from rushes.library.records import Library, LibraryStatus, Video

_HERE = Path(__file__).parent
_COUNTS = ("present", "missing", "settling", "rejected")

VideoState = Literal["present", "missing"]


@dataclass(frozen=True, slots=True)
class VideoFilter:
    """Which films are listed; None: whichever."""

    library: str | None = None
    state: VideoState | None = None
    favourite: bool | None = None

    @property
    def conditions(self) -> Sequence[ColumnElement[bool]]:
        """What holds of a row of `asset`."""
        wanted: dict[ColumnElement[Any], Any] = {
            asset.c.library_slug: self.library,
            asset.c.state: self.state,
            asset.c.is_favorite: self.favourite,
        }
        return [column == value for column, value in wanted.items() if value is not None]


@dataclass(frozen=True, slots=True)
class VideoPage:
    """Films in the order of their ids, which is that of their first sight; `total`: in all pages.

    `has_more`: whether films come after the last of these.
    """

    total: int
    videos: list[Video]
    has_more: bool


def library_statuses(connection: Connection) -> list[LibraryStatus]:
    """Every library with its numbers, by slug; never looks at the disk."""
    rows = connection.execute(load_sql(_HERE, "all_library_counts")).mappings()
    return [
        LibraryStatus(Library.from_row(dict(row)), **{name: row[name] for name in _COUNTS})
        for row in rows
    ]


def video_page(
    connection: Connection,
    only: VideoFilter,
    *,
    after: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> VideoPage:
    """The films after the one with the id `after`, less the first `offset` of them."""
    total = select(func.count().label("total")).select_from(asset).where(*only.conditions)
    page = (
        select(
            *(asset.c[field.name] for field in fields(Video) if field.name in asset.c),
            libraries.c.root.label("library_root"),
            libraries.c.status.label("library_status"),
            libraries.c.volume_label,
        )
        .join(libraries, libraries.c.slug == asset.c.library_slug)
        .where(*only.conditions, *([asset.c.asset_id > after] if after is not None else []))
        .order_by(asset.c.asset_id)
        .limit(limit + 1)
        .offset(offset)
        .subquery("page")
    )
    counted = total.subquery("counted")
    query = select(counted.c.total, page).select_from(counted.outerjoin(page, true()))
    rows = connection.execute(query.order_by(page.c.asset_id)).mappings().all()
    found = [
        Video(**{field.name: row[field.name] for field in fields(Video)})
        for row in rows
        if row["asset_id"] is not None
    ]
    return VideoPage(rows[0]["total"], found[:limit], len(found) > limit)
