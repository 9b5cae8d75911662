"""One writer of a library's people at a time."""

from __future__ import annotations

from sqlalchemy import Connection, func, select


def lock_people(connection: Connection, library_slug: str) -> None:
    """Wait for other writers of this library's people; held until the transaction ends.

    Who also writes or deletes embeddings locks their spaces first, as the writer of a run does:
    two transactions then never wait for one another.
    """
    key = func.hashtextextended(f"people {library_slug}", 0)
    connection.execute(select(func.pg_advisory_xact_lock(key)))
