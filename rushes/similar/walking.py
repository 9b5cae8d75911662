"""One space asked: its nearest embeddings that may answer, as deep as a page needs them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from rushes.similar.hydration import SceneKey, Verifier, scene_key
from rushes.similar.request import Collapse
from rushes.vectors.live.base import Vectors
from rushes.vectors.live.live_index import LiveIndex
from rushes.vectors.live.view import View

_LEAST: Final = 64
_DEEPER: Final = 4
_FEW_ANSWER: Final = 4
"""Where fewer than one of so many may answer, only the runs that answer are searched from there."""
Key = SceneKey | str


@dataclass(frozen=True, slots=True)
class Moment:
    """An embedding above the cut-off that may answer; `row` is what a page shows of it."""

    score: float
    row: Any

    @property
    def order(self) -> tuple[float, str]:
        """The best first, equal ones by their ids."""
        return -self.score, self.row.embedding_id


@dataclass(frozen=True, slots=True)
class Group:
    """What is one hit: the moments of one scene, the best first, or one moment."""

    key: Key
    moments: list[Moment]

    @property
    def best(self) -> Moment:
        """The one that is shown."""
        return self.moments[0]


@dataclass(frozen=True, slots=True)
class SpaceRequest:
    """What a space is asked for. `vectors`: to each embedding the nearest of them counts.

    `runs`: only embeddings of these may answer; None: of those that `answering` reads. `without`:
    never these. `most_verified`: embeddings that are held against Postgres.
    """

    vectors: Sequence[Vectors]
    cut_off: float
    runs: Collection[str] | None
    answering: Callable[[], Collection[str]]
    without: frozenset[str]
    collapse: Collapse
    most_verified: int


@dataclass(frozen=True, slots=True)
class SpaceFound:
    """`groups` in order. `is_all`: nothing above the cut-off is missing; else there is more.

    `is_cut`: so much of what is near may not answer that the search ended before it had enough.
    """

    view: View
    asked: SpaceRequest
    groups: list[Group]
    is_all: bool
    is_cut: bool = False


def ask_space(live: LiveIndex, asked: SpaceRequest, verifier: Verifier, wanted: int) -> SpaceFound:
    """At least `wanted` groups, or all that there are above the cut-off.

    What is found is verified, the nearest first; where too little is left of it, four times as
    much is looked at, until there is enough, nothing left or as much verified as may be. The ids of
    the runs that answer are read only where most of what is near is of others: all of them take
    longer to read than a search.
    """
    least = most = max(_LEAST, 2 * wanted)
    runs = asked.runs
    seen: set[str] = set()
    moments: list[Moment] = []
    view: View | None = None
    while True:
        with live.searching(view) as view:  # and no connection is held while waiting for it
            found, is_whole = _nearest(view, asked, most, runs)
        unseen = [each for each in found if each[1] not in seen]
        for chunk, is_last in _chunks(unseen, least):
            room = asked.most_verified - len(seen)
            rows = verifier.rows([each for _, each in chunk[:room]])
            seen.update(each for _, each in chunk[:room])
            moments += [Moment(score, rows[each]) for score, each in chunk if each in rows]
            groups = _grouped(moments, asked.collapse)
            is_all = is_whole and is_last and len(chunk) <= room
            if is_all or len(groups) >= wanted or len(chunk) >= room:
                is_cut = not is_all and len(groups) < wanted
                return SpaceFound(view, asked, groups, is_all, is_cut)
            if runs is None and len(rows) * _FEW_ANSWER < len(chunk):
                runs = asked.answering()
                break
        else:
            most *= _DEEPER


def _nearest(
    view: View, asked: SpaceRequest, most: int, runs: Collection[str] | None
) -> tuple[list[tuple[float, str]], bool]:
    """(cosine, embedding id) above the cut-off, the best first; whether these are all.

    Otherwise it is those of which it is sure that none is missing between them: of several that
    are equally near an index shows any, when not all of them fit.
    """
    best: dict[str, float] = {}
    unsure = -np.inf
    for vector in asked.vectors:
        found = view.search(vector, most, runs)
        if len(found) == most and found[-1].score >= asked.cut_off:
            unsure = max(unsure, found[-1].score)
        for each in found:
            best[each.embedding_id] = max(each.score, best.get(each.embedding_id, -np.inf))
    sure = [
        (score, each)
        for each, score in best.items()
        if score >= asked.cut_off and score > unsure and each not in asked.without
    ]
    return sorted(sure, key=lambda each: (-each[0], each[1])), unsure == -np.inf


def _chunks(
    found: Sequence[tuple[float, str]], size: int
) -> Iterator[tuple[Sequence[tuple[float, str]], bool]]:
    """Parts of growing size, and whether it is the last one: most pages need the first alone."""
    at = 0
    while at < max(1, len(found)):
        yield found[at : at + size], at + size >= len(found)
        at, size = at + size, size * _DEEPER


def _grouped(moments: Sequence[Moment], collapse: Collapse) -> list[Group]:
    groups: dict[Key, list[Moment]] = {}
    for each in sorted(moments, key=lambda each: each.order):
        key: Key = each.row.embedding_id if collapse is Collapse.NONE else scene_key(each.row)
        groups.setdefault(key, []).append(each)
    return [Group(key, members) for key, members in groups.items()]
