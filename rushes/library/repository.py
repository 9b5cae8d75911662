"""Libraries and films in Postgres: one row or one page at a time. Bulk work is in `scan_store`."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import fields
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, insert, select, update

from rushes.db.sql import load_sql
from rushes.db.tables import asset, libraries
from rushes.errors import InvalidRequestError, NotFoundError
from rushes.library.paths import is_utf8
from rushes.library.records import Library, LibraryStatus, Video

_HERE = Path(__file__).parent
_READY_FLAGS = frozenset({"preview_ready", "playable", "searchable", "offline_ready"})


def all_libraries(connection: Connection) -> list[Library]:
    """Every library, by slug."""
    rows = connection.execute(select(libraries).order_by(libraries.c.slug)).mappings()
    return [Library.from_row(dict(row)) for row in rows]


def get_library(connection: Connection, slug: str) -> Library:
    """The library `slug`. Raises NotFoundError `library_not_found`, which names those there are."""
    row = connection.execute(select(libraries).where(libraries.c.slug == slug)).mappings().first()
    if row is not None:
        return Library.from_row(dict(row))
    names = connection.scalars(select(libraries.c.slug).order_by(libraries.c.slug)).all()
    raise NotFoundError(
        f"there is no library {slug!r}",
        code="library_not_found",
        remedy=f"libraries: {', '.join(names)}" if names else "add one first",
    )


def insert_library(connection: Connection, **columns: Any) -> None:
    """A new row of `libraries`."""
    connection.execute(insert(libraries).values(**columns))


def update_library(connection: Connection, slug: str, **columns: Any) -> None:
    """Set `columns` of the library `slug`."""
    connection.execute(update(libraries).where(libraries.c.slug == slug).values(**columns))


def library_status(connection: Connection, slug: str) -> LibraryStatus:
    """The library with its numbers; never looks at the disk."""
    library = get_library(connection, slug)
    counts = connection.execute(load_sql(_HERE, "library_counts"), {"slug": slug}).mappings().one()
    return LibraryStatus(library=library, **counts)


def _videos() -> Select[Any]:
    return select(
        *(asset.c[field.name] for field in fields(Video) if field.name in asset.c),
        libraries.c.root.label("library_root"),
        libraries.c.status.label("library_status"),
        libraries.c.volume_label,
    ).join(libraries, libraries.c.slug == asset.c.library_slug)


def get_videos(engine: Engine, asset_ids: Collection[str]) -> dict[str, Video]:
    """The films of `asset_ids` by id; unknown ones are left out."""
    with engine.connect() as connection:
        rows = connection.execute(_videos().where(asset.c.asset_id.in_(asset_ids))).mappings()
        return {row["asset_id"]: Video(**row) for row in rows}


def get_video(engine: Engine, asset_id: str) -> Video:
    """The film `asset_id`. Raises NotFoundError `video_not_found`."""
    if video := get_videos(engine, [asset_id]).get(asset_id):
        return video
    raise _no_video(asset_id)


def resolve_video(engine: Engine, text: str) -> Video:
    """The film that a person means by `text`: asset id, path, end of a path, or file name.

    Raises NotFoundError `video_not_found`, or InvalidRequestError `ambiguous_video` naming the
    candidates when the text fits several films equally well.
    """
    if not text or "\0" in text or not is_utf8(text):
        raise _no_video(text)
    wanted = {"text": text, "absolute": _absolute_forms(text)}
    with engine.connect() as connection:
        found = connection.execute(load_sql(_HERE, "find_videos"), wanted).scalars().all()
    if not found:
        raise _no_video(text)
    if len(found) > 1:
        raise _ambiguous(text, get_videos(engine, found))
    return get_video(engine, found[0])


def list_videos(
    engine: Engine,
    *,
    library: str | None = None,
    state: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> list[Video]:
    """A page of films, oldest first, of one library or one state (`present`, `missing`)."""
    if state not in (None, "present", "missing"):
        raise InvalidRequestError(f"{state!r} is no state", remedy="present or missing")
    if limit < 1 or offset < 0:
        raise InvalidRequestError("limit must be at least 1 and offset at least 0")
    query = _filtered(_videos(), library, state).order_by(asset.c.asset_id)
    with engine.connect() as connection:
        rows = connection.execute(query.limit(limit).offset(offset)).mappings()
        return [Video(**row) for row in rows]


def count_videos(engine: Engine, *, library: str | None = None, state: str | None = None) -> int:
    """How many films `list_videos` has with these filters."""
    query = _filtered(select(func.count()).select_from(asset), library, state)
    with engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def set_favorite(engine: Engine, asset_id: str, is_favorite: bool) -> None:
    """Mark a film as a favourite or not. Raises NotFoundError `video_not_found`."""
    _update_video(engine, asset_id, {"is_favorite": is_favorite})


def set_ready(engine: Engine, asset_id: str, **flags: bool) -> None:
    """Set availability flags: `preview_ready`, `playable`, `searchable`, `offline_ready`."""
    if unknown := flags.keys() - _READY_FLAGS:
        raise InvalidRequestError(f"no such flags: {', '.join(sorted(unknown))}")
    _update_video(engine, asset_id, flags)


def _update_video(engine: Engine, asset_id: str, columns: dict[str, Any]) -> None:
    statement = update(asset).where(asset.c.asset_id == asset_id)
    with engine.begin() as connection:
        if not connection.execute(statement.values(**columns, updated_at=func.now())).rowcount:
            raise _no_video(asset_id)


def _filtered(query: Select[Any], library: str | None, state: str | None) -> Select[Any]:
    if library is not None:
        query = query.where(asset.c.library_slug == library)
    if state is not None:
        query = query.where(asset.c.state == state)
    return query


def _absolute_forms(text: str) -> list[str]:
    """The absolute paths that `text` may stand for: as it is, and with folder links resolved."""
    absolute = os.path.abspath(text)  # noqa: PTH100 - unlike Path.resolve, follows no link
    folder, name = os.path.split(absolute)
    resolved = Path(os.path.realpath(folder)) / name
    return sorted(filter(is_utf8, {absolute, str(resolved)}))


def _no_video(text: str) -> NotFoundError:
    return NotFoundError(
        f"there is no video {text!r}",
        code="video_not_found",
        remedy="give an asset id, a path or a file name of an indexed film",
    )


def _ambiguous(text: str, videos: dict[str, Video]) -> InvalidRequestError:
    lines = [f"{video.asset_id} {video.source_path}" for video in videos.values()]
    return InvalidRequestError(
        f"{text!r} may be any of: {'; '.join(sorted(lines))}",
        code="ambiguous_video",
        remedy="give the asset id or the whole path",
    )
