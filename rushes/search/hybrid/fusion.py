"""Reciprocal rank fusion: several rankings of the same things as one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import fsum, inf
from typing import Final

from rushes.similar.request import FUSION_RANK

WINDOW: Final = 200
"""Places of each ranking that are fused at a time, so that deeper rankings only ever add pages."""


def fused(text: Sequence[str], others: Iterable[Sequence[str]], window: int = WINDOW) -> list[str]:
    """All that is in one of the rankings, once: the first `window` places of each, then the next.

    What is in several comes before what is at these places in one of them. Equal ones come in the
    order of `text`, then of their ids; the order of `others` says nothing. No ranking has a thing
    twice.
    """
    rankings = [text, *others]
    found: dict[str, None] = {}
    for begin in range(0, max(map(len, rankings)), window):
        shares: dict[str, list[float]] = defaultdict(list)
        for ranking in rankings:
            for rank, each in enumerate(ranking[begin : begin + window], begin + 1):
                shares[each].append(1 / (FUSION_RANK + rank))
        # Of these places only: what lies deeper must not show before its page.
        place = {each: at for at, each in enumerate(text[begin : begin + window])}
        # Added up exactly: the order of the rankings must not show.
        weight = {each: -fsum(of) for each, of in shares.items()}
        ordered = sorted(weight, key=lambda each: (weight[each], place.get(each, inf), each))
        found.update(dict.fromkeys(ordered))
    return list(found)


def reach(depth: int, window: int = WINDOW) -> int:
    """So many places of each ranking decide about the first `depth` of all: whole windows."""
    return max(1, -(-depth // window)) * window
