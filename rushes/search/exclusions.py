"""Revs that an index may hold and that do not count, as a part of a query."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from rushes.search.query.serialising import to_quickwit
from rushes.search.query.tree import Any, Field, Node, Range

_SHORTEST_RANGE: Final = 256
"""A range is compared with every document, at the price of about so many single look-ups."""


@dataclass(frozen=True, eq=False)
class Exclusions:
    """`revs` in order, each once. The query is made once, as it may be 100 kB."""

    revs: tuple[int, ...]

    @cached_property
    def query(self) -> str | None:
        """What is to be left out, in Quickwit's language; None: nothing."""
        return to_quickwit(self._node()) if self.revs else None

    @cached_property
    def query_end(self) -> bytes:
        """The end of a query that leaves them out, as it stands between the quotes of JSON."""
        return json.dumps(f" -{self.query}")[1:-1].encode() if self.revs else b""

    def _node(self) -> Node:
        singles: list[int] = []
        ranges: list[Node] = []
        for run in _runs(self.revs):
            if len(run) < _SHORTEST_RANGE:
                singles += run
            else:
                ranges.append(Range("rev", run[0], run[-1]))
        return Any((*([Field("rev", tuple(singles))] if singles else []), *ranges))


def _runs(revs: Sequence[int]) -> Iterator[Sequence[int]]:
    """Revs that follow one another without a gap."""
    first = 0
    for place in range(1, len(revs) + 1):
        if place == len(revs) or revs[place] != revs[place - 1] + 1:
            yield revs[first:place]
            first = place
