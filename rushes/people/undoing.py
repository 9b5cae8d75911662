"""Which entry of the log an undo means."""

from __future__ import annotations

from collections.abc import Sequence

from rushes.errors import InvalidRequestError, NotFoundError
from rushes.people.fold import cancelled_entries
from rushes.people.log import Action, Entry


def entry_to_undo(entries: Sequence[Entry], entry_id: int | None) -> Entry:
    """The entry of that id or, without one, the newest that holds and is no undo itself.

    Raises NotFoundError `entry_not_found`, InvalidRequestError `cannot_undo` for an erasure and
    for what has been undone already.
    """
    cancelled = cancelled_entries(entries)
    if entry_id is None:
        for entry in reversed(entries):
            if entry.entry_id not in cancelled and entry.action not in (Action.UNDO, Action.ERASE):
                return entry
        raise NotFoundError("there is nothing to undo", code="entry_not_found")
    for entry in entries:
        if entry.entry_id != entry_id:
            continue
        if entry.action is Action.ERASE:
            raise InvalidRequestError(
                f"entry {entry_id} erased a person: nothing is left to bring back",
                code="cannot_undo",
            )
        if entry_id in cancelled:
            raise InvalidRequestError(
                f"entry {entry_id} was undone by entry {cancelled[entry_id]} already",
                code="cannot_undo",
                remedy=f"to bring it back: rushes people undo {cancelled[entry_id]}",
            )
        return entry
    raise no_entry(entry_id)


def no_entry(entry_id: int) -> NotFoundError:
    """The error for an entry that is not there."""
    return NotFoundError(
        f"there is no entry {entry_id} in the people log",
        code="entry_not_found",
        remedy="rushes people log shows all entries",
    )
