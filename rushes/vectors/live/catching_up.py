"""From a view to one with everything that is committed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rushes.vectors.live.view import View
from rushes.vectors.store import SpaceChange

ReadPage = Callable[[int, int], Sequence[SpaceChange]]
"""The oldest changes above a seq, at most so many, as they stand at that moment."""
BeginAnew = Callable[[Sequence[SpaceChange]], View]
"""A view that has missed nothing of what these changes tell was pruned."""


def caught_up(view: View, read: ReadPage, begin_anew: BeginAnew, page: int) -> View:
    """The view with all changes, read `page` at a time while others write, delete and prune.

    A marker may stand pages behind the gap that it tells of, so it is held against where this
    reading began, not against where it has come.
    """
    beginning = view
    while changes := read(view.applied_seq, page):
        if beginning.has_missed(changes):
            beginning = view = begin_anew(changes)
            continue
        view = view.with_changes(changes)
        if len(changes) < page:
            break
    return view
