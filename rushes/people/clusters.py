"""Clusters: the machine's own groups of faces, each under an id that says nothing."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, func, insert

from rushes.db.people_tables import people

_ID_BYTES = 8


def new_cluster_id() -> str:
    """An id that no other cluster of any library has."""
    return f"p{secrets.token_hex(_ID_BYTES)}"


def insert_cluster(
    connection: Connection, library_slug: str, cluster_id: str, split_from: str | None = None
) -> None:
    """A cluster that is a person of its own, without a name."""
    # The time of the statement, not of the transaction: clusters keep the order of their founding.
    connection.execute(
        insert(people).values(
            cluster_id=cluster_id,
            library_slug=library_slug,
            split_from=split_from,
            effective_id=cluster_id,
            created_at=func.clock_timestamp(),
        )
    )
