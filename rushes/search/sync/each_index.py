"""Doing something with each index, when one of them may be missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from rushes.search.quickwit.errors import IndexMissingError

Result = TypeVar("Result")


def for_each(indexes: Sequence[str], work: Callable[[str], Result]) -> list[Result]:
    """The results in order. One that is missing does not hold up the others: it is raised last."""
    results: list[Result] = []
    missing: IndexMissingError | None = None
    for index in indexes:
        try:
            results.append(work(index))
        except IndexMissingError as error:
            missing = error
    if missing is not None:
        raise missing
    return results
