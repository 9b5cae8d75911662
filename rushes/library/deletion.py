"""What deletion does to the rows of a library. Files are only left alone from then on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, null, select, union, update

from rushes.db.tables import asset, asset_versions, library_files
from rushes.errors import InvalidRequestError
from rushes.library.records import Library
from rushes.library.stability import DELETED

_REASON = "deleted on demand; it comes back when it changes, or by `rushes index` on this very file"


def lock_films(connection: Connection, asset_ids: Collection[str]) -> set[str]:
    """Keep every run from starting on these films until the transaction ends.

    A run that starts waits, and fails once the film is gone. Films that another transaction
    writes at are left out: nobody is waited for, so that nobody can wait for one another.
    """
    query = select(asset.c.asset_id).where(asset.c.asset_id.in_(asset_ids))
    locked = query.order_by(asset.c.asset_id).with_for_update(skip_locked=True)
    return set(connection.execute(locked).scalars())


def missing_films(connection: Connection, library: Library, before: datetime) -> list[str]:
    """The films that went missing before then, and whose files are not there again.

    Raises InvalidRequestError `library_offline` while the root is not there.
    """
    if library.status == "offline" or not library.root.is_dir():
        raise InvalidRequestError(
            f"library {library.slug!r} is offline",
            code="library_offline",
            remedy="connect its volume and scan it first",
        )
    query = select(asset.c.asset_id, asset.c.path).where(
        asset.c.library_slug == library.slug,
        asset.c.state == "missing",
        asset.c.missing_since <= before,
    )
    rows = connection.execute(query.order_by(asset.c.asset_id))
    return [row.asset_id for row in rows if not (library.root / row.path).exists()]


def contents(connection: Connection, asset_ids: Collection[str]) -> dict[str, set[str]]:
    """The content hashes of each film, those that it had before included."""
    found: dict[str, set[str]] = {}
    for row in connection.execute(_CONTENTS.where(_EVERY.c.asset_id.in_(asset_ids))):
        found.setdefault(row.asset_id, set()).add(row.content_hash)
    return found


def kept_contents(connection: Connection, doomed: Mapping[str, Collection[str]]) -> set[str]:
    """Those of the films' contents (asset id -> hashes) that another film has or had."""
    hashes = {each for of_film in doomed.values() for each in of_film}
    elsewhere = _CONTENTS.where(
        _EVERY.c.content_hash.in_(hashes), _EVERY.c.asset_id.not_in(list(doomed))
    )
    return {row.content_hash for row in connection.execute(elsewhere)}


def delete_films(connection: Connection, asset_ids: Collection[str]) -> None:
    """Delete the films with all that refers to them. Scans leave their files alone."""
    connection.execute(
        update(library_files)
        .where(library_files.c.asset_id.in_(asset_ids))
        .values(state="rejected", content_hash=null(), error_code=DELETED, error_text=_REASON)
    )
    connection.execute(delete(asset).where(asset.c.asset_id.in_(asset_ids)))


_EVERY = union(
    select(asset.c.asset_id, asset.c.content_hash),
    select(asset_versions.c.asset_id, asset_versions.c.content_hash),
).subquery("every_content")
_CONTENTS = select(_EVERY.c.asset_id, _EVERY.c.content_hash)
