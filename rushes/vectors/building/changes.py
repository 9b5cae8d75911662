"""What came and went since a generation was written, to the newest change."""

from __future__ import annotations

from collections.abc import Generator

from sqlalchemy import Connection

from rushes.vectors.building.options import PAGE_ROWS
from rushes.vectors.live.base import Base
from rushes.vectors.live.view import View
from rushes.vectors.store import SpaceChange, changes_since


class ChangesMissedError(Exception):
    """Some of the tombstones since the generation were pruned before anybody read them here."""


def views_since(
    connection: Connection, base: Base, page_rows: int = PAGE_ROWS
) -> Generator[tuple[View, list[SpaceChange]]]:
    """The generation with more and more of its changes, and those that each step brought, at most
    `page_rows` of them.

    ChangesMissedError where they are not all there. What a marker says counts from the generation
    on: it may stand many pages behind the tombstones that are missing.
    """
    beginning = view = View.of(base)
    while changes := changes_since(connection, beginning.space, view.applied_seq, page_rows):
        if beginning.has_missed(changes):
            raise ChangesMissedError
        view = view.with_changes(changes)
        yield view, changes
        if len(changes) < page_rows:
            break
