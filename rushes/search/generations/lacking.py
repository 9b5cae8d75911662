"""What an index that is to answer lacks of the one that answers now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from rushes.db.sql import load_sql

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Lacking:
    """So many films of a library, and the ids of a few."""

    library: str
    films: int
    some: tuple[str, ...]

    def __str__(self) -> str:
        more = ", ..." if self.films > len(self.some) else ""
        return f"{self.films} of {self.library} ({', '.join(self.some)}{more})"


def lacking(
    connection: Connection, libraries: Sequence[str], *, goes_back: bool = False
) -> list[Lacking]:
    """Libraries for which a reader would find less, or older versions, than now.

    The follower is the shadow, or with `goes_back` the previous index. A film that is gone from
    Postgres is not missed. Where no index is active, a dead film does not hold up a shadow: it
    would for ever.
    """
    values = {"libraries": list(libraries), "goes_back": goes_back}
    rows = connection.execute(load_sql(_HERE, "lacking"), values)
    return [Lacking(row.library, row.films, tuple(row.some)) for row in rows]
