"""Which index answers for which library: `library_model_policy`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Text,
    TextClause,
    bindparam,
    cast,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from rushes.db.search_tables import library_model_policy as table
from rushes.db.sql import load_sql
from rushes.errors import NotFoundError
from rushes.library.repository import get_library

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class LibraryModelPolicy:
    """Names of indexes; each may be None.

    `active` None: Postgres answers. `shadow`: built to follow `active`. `previous`: was active
    before and can be gone back to. Changes of the library's films go into all three.
    """

    library_slug: str
    active_index_name: str | None
    shadow_index_name: str | None
    previous_index_name: str | None
    locked: bool
    locked_since: datetime | None
    promotion_progress: Mapping[str, Any]
    promoted_at: datetime | None


class LibraryModelPolicyRepository:
    """Reads and writes the rows as they are at that moment: nothing is kept between calls."""

    def all(self, connection: Connection) -> list[LibraryModelPolicy]:
        """Every library's, by slug."""
        rows = connection.execute(_policies().order_by(table.c.library_slug))
        return [LibraryModelPolicy(*row) for row in rows]

    def of(
        self, connection: Connection, slugs: Sequence[str], *, for_update: bool = False
    ) -> list[LibraryModelPolicy]:
        """Those of these libraries, by slug, each once; one without a row is left out.

        Raises NotFoundError `library_not_found`.
        """
        if strange := [slug for slug in slugs if not (slug.isascii() and slug.isprintable())]:
            raise NotFoundError(f"there is no library {strange[0]!r}", code="library_not_found")
        query = _policies().where(_is_one_of(slugs)).order_by(table.c.library_slug)
        rows = connection.execute(query.with_for_update() if for_update else query)
        found = [LibraryModelPolicy(*row) for row in rows]
        for slug in sorted(set(slugs) - {each.library_slug for each in found}):
            get_library(connection, slug)
        return found

    def adopt(self, connection: Connection, progress: Mapping[str, Any]) -> list[str]:
        """Give libraries without an index the newest one in use. Returns their slugs.

        It is the shadow of those that have films, with `progress`; for others it is active.
        """
        adopted = connection.execute(_noting("adopt_libraries"), {"noted": dict(progress)})
        return sorted(adopted.scalars())

    def lose(self, connection: Connection, name: str, progress: Mapping[str, Any]) -> list[str]:
        """Nobody is sent to `name` any more. Returns the slugs of those who were.

        It is their shadow, with `progress`, where they have none.
        """
        forget = update(table).where(table.c.previous_index_name == name)
        connection.execute(forget.values(previous_index_name=None))
        values = {"index_name": name, "noted": dict(progress)}
        return sorted(connection.execute(_noting("lose_index"), values).scalars())

    def outdated(self, connection: Connection, config_hash: str) -> list[LibraryModelPolicy]:
        """Those that neither have nor await an index of this configuration, and may change.

        One that was taken back from it stays where it is.
        """
        rows = connection.execute(load_sql(_HERE, "outdated"), {"config_hash": config_hash})
        return self.of(connection, list(rows.scalars()))

    def set_shadow(
        self, connection: Connection, slugs: Sequence[str], name: str, progress: Mapping[str, Any]
    ) -> None:
        """From now on their changes go into `name` too; `progress` replaces what was noted."""
        values = {"shadow_index_name": name, "promotion_progress": dict(progress)}
        connection.execute(update(table).where(_is_one_of(slugs)).values(values))

    def promote(self, connection: Connection, slugs: Sequence[str], now: datetime) -> None:
        """The shadow answers; what answered until now is kept written as the previous one."""
        connection.execute(load_sql(_HERE, "promote"), {"slugs": list(slugs), "now": now})

    def go_back(self, connection: Connection, slugs: Sequence[str], now: datetime) -> None:
        """The previous answers again, and what answered until now is the previous.

        Its configuration is noted, so that nothing goes forward to it again by itself.
        """
        values = {"slugs": list(slugs), "now": now}
        connection.execute(load_sql(_HERE, "go_back"), values)

    def release_previous(
        self, connection: Connection, promoted_before: datetime, name: str | None = None
    ) -> list[str]:
        """Give up what can be gone back to, of `name` or of all that are not locked.

        Only where the last change is older than that. Returns the libraries.
        """
        query = update(table).where(
            table.c.previous_index_name.is_not(None),
            func.coalesce(table.c.promoted_at, promoted_before) <= promoted_before,
            table.c.previous_index_name == name if name else ~table.c.locked,
        )
        released = query.values(previous_index_name=None).returning(table.c.library_slug)
        return sorted(connection.execute(released).scalars())

    def note_progress(
        self,
        connection: Connection,
        slug: str,
        noted: Mapping[str, Any],
        *,
        forget: Sequence[str] = (),
    ) -> None:
        """Lay `noted` over the noted progress, and take the keys `forget` out of it."""
        kept = table.c.promotion_progress.op("-")(cast(list(forget), ARRAY(Text)))
        changed = kept.op("||")(cast(dict(noted), JSONB))
        connection.execute(
            update(table).where(table.c.library_slug == slug).values(promotion_progress=changed)
        )

    def set_locked(self, connection: Connection, slug: str, locked: bool, now: datetime) -> None:
        """Lock or unlock; one that is locked stays locked since when it was."""
        since = func.coalesce(table.c.locked_since, now) if locked else None
        connection.execute(
            update(table)
            .where(table.c.library_slug == slug)
            .values(locked=locked, locked_since=since)
        )


def _policies() -> Select[Any]:
    return select(*(table.c[field.name] for field in fields(LibraryModelPolicy)))


def _noting(name: str) -> TextClause:
    """A statement with the parameter `noted`, a JSON object."""
    return load_sql(_HERE, name).bindparams(bindparam("noted", type_=JSONB))


def _is_one_of(slugs: Sequence[str]) -> Any:
    return table.c.library_slug == func.any(cast(list(slugs), ARRAY(Text)))
