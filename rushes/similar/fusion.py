"""One order for what several spaces found: reciprocal rank fusion.

Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank
Learning Methods", 2009. Cosines of two models cannot be compared, ranks can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rushes.similar.request import FUSION_RANK
from rushes.similar.walking import Group, Key, SpaceFound

FUSION_DEPTH: Final = 100
"""Ranks beyond it count in no other list: so an order is the same for every page, and does not
take all lists to their ends."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A hit, shown as the space has it that ranks it best. `rank`: from 1, in that space."""

    group: Group
    found: SpaceFound
    rank: int


def depth_for(wanted: int, spaces: int) -> int:
    """How many groups of each space are needed for the first `wanted` of all."""
    return wanted if spaces == 1 else max(wanted, FUSION_DEPTH)


def fused(found: Sequence[SpaceFound]) -> list[Ranked]:
    """All groups, the best first; ties by score, then by id.

    Those within FUSION_DEPTH of some list come in order of their fused scores, before the rest,
    which come by their best rank.
    """
    by_key: dict[Key, list[Ranked]] = {}
    for each in found:
        for rank, group in enumerate(each.groups, 1):
            by_key.setdefault(group.key, []).append(Ranked(group, each, rank))
    ordered = sorted(by_key.values(), key=_order)
    return [min(each, key=_place) for each in ordered]


def _order(ranked: list[Ranked]) -> tuple[bool, float, float, str]:
    best = min(ranked, key=_place)
    within = [each.rank for each in ranked if each.rank <= FUSION_DEPTH]
    total = sum(1 / (FUSION_RANK + rank) for rank in within or [best.rank])
    return (not within, -total, *best.group.best.order)


def _place(ranked: Ranked) -> tuple[int, float, str]:
    return ranked.rank, *ranked.group.best.order
