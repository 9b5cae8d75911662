"""Whether a generation and what came since are what Postgres holds."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection

from rushes.db.reading import kept
from rushes.vectors.building.changes import ChangesMissedError, views_since
from rushes.vectors.live.base import Base
from rushes.vectors.live.bits import Flags, unpacked
from rushes.vectors.live.view import View
from rushes.vectors.space import EmbeddingSpace, space_parameters

SAMPLE: Final = 1_000
_HERE = Path(__file__).parent
_PAGE: Final = 10_000
_VECTORS_AT_A_TIME: Final = 500
_EXAMPLES: Final = 10


@dataclass(frozen=True, slots=True)
class Comparison:
    """Numbers of embeddings, out of the `count` that Postgres holds.

    `missing`: those that no search of the index finds. `surplus`: of the index, that Postgres does
    not hold. `differing`: of the `checked` ones, with other bytes or of another run. `examples`:
    the ids of some of them. `is_outdated`: tombstones that the generation has not applied were
    pruned, so that nothing was compared.
    """

    count: int
    missing: int
    surplus: int
    differing: int
    checked: int
    examples: tuple[str, ...]
    is_outdated: bool = False

    @property
    def is_equal(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.missing or self.surplus or self.differing or self.is_outdated)


def compare(
    connection: Connection, base: Base, sample: int = SAMPLE, seed: int | None = None
) -> Comparison:
    """The generation, without what it buried and with every change since, against `embeddings`.

    All ids are compared, and the bytes of `sample` vectors, of all where there are no more; each
    time of others, unless a `seed` is given. `connection` must not be in a transaction: it is read
    at one moment, for as long as it takes, and its isolation level is another from then on.
    """
    reader = connection.execution_options(isolation_level="REPEATABLE READ")
    with reader.begin():
        try:
            view = _caught_up(reader, base)
        except ChangesMissedError:
            return Comparison(0, 0, 0, 0, 0, (), is_outdated=True)
        seen = _Seen.of(view)
        for page in _pages(reader, base.manifest.space):
            seen.look_at(page)
        _compare_vectors(reader, seen, sample, seed)
        return seen.comparison()


def _caught_up(connection: Connection, base: Base) -> View:
    view = View.of(base)
    for step, _ in views_since(connection, base):
        view = step
    return view


@dataclass(slots=True)
class _Seen:
    """What of a view Postgres holds too: a flag a position, and a flag a row of the delta.

    `live`: positions that are not buried.
    """

    view: View
    live: Flags
    of_base: Flags
    of_delta: Flags
    count: int = 0
    missing: int = 0
    differing: set[str] = field(default_factory=set)
    checked: int = 0
    examples: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, view: View) -> _Seen:
        positions = 0 if view.base is None else view.base.count
        live = ~unpacked(view.buried, positions)
        return cls(view, live, np.zeros_like(live), np.zeros(view.delta.count, np.bool_))

    def look_at(self, page: Sequence[Any]) -> None:
        """Rows with `embedding_id` and `run_id`, each of which comes once."""
        self.count += len(page)
        run_of = {row.embedding_id: row.run_id for row in page}
        for embedding_id, position in self._in_base(list(run_of)):
            self._found(embedding_id, self._run_at(position), run_of.pop(embedding_id))
            self.of_base[position] = True
        delta = self.view.delta
        for embedding_id, run_id in run_of.items():
            row = delta.row(embedding_id)
            if row is None:
                self.missing += 1
                self._note(embedding_id)
                continue
            self._found(embedding_id, delta.run_ids[row], run_id)
            self.of_delta[row] = True

    def drawn(self, most: int, seed: int | None) -> list[str]:
        """Some of the ids that both hold; all where there are no more."""
        positions, rows = np.flatnonzero(self.of_base), np.flatnonzero(self.of_delta)
        places = np.concatenate([positions, len(self.of_base) + rows])
        if len(places) > most:
            rng = np.random.default_rng(secrets.randbits(64) if seed is None else seed)
            places = rng.choice(places, most, replace=False)
        return [self._id_at(int(place)) for place in places]

    def compare_bytes(self, embedding_id: str, vector: bytes) -> None:
        self.checked += 1
        ours = self.view.vector(embedding_id)
        if ours is None or ours.astype("<f4").tobytes() != vector:
            self.differing.add(embedding_id)
            self._note(embedding_id)

    def comparison(self) -> Comparison:
        rows = [row for row in np.flatnonzero(~self.of_delta) if row not in self.view.delta.gone]
        surplus = [
            *np.flatnonzero(self.live & ~self.of_base),
            *(len(self.of_base) + row for row in rows),
        ]
        for place in surplus[:_EXAMPLES]:
            self._note(self._id_at(int(place)))
        return Comparison(
            self.count,
            self.missing,
            len(surplus),
            len(self.differing),
            self.checked,
            tuple(self.examples),
        )

    def _found(self, embedding_id: str, ours: str, theirs: str) -> None:
        if ours != theirs:
            self.differing.add(embedding_id)
            self._note(embedding_id)

    def _in_base(self, embedding_ids: list[str]) -> list[tuple[str, int]]:
        """Those that can be found in the generation, and where."""
        base = self.view.base
        if base is None:
            return []
        positions = base.positions(embedding_ids)
        live = positions[self.live[positions]]
        return list(zip(base.ids_at(live), live.tolist(), strict=True))

    def _run_at(self, position: int) -> str:
        assert self.view.base is not None
        place = int(self.view.base.run_of[position])
        return self.view.base.run_ids[place]

    def _id_at(self, place: int) -> str:
        """Positions of the generation first, then rows of the delta."""
        if place < len(self.of_base):
            assert self.view.base is not None
            return self.view.base.ids_at([place])[0]
        return self.view.delta.ids[place - len(self.of_base)]

    def _note(self, embedding_id: str) -> None:
        if len(self.examples) < _EXAMPLES:
            self.examples.append(embedding_id)


def _compare_vectors(connection: Connection, seen: _Seen, sample: int, seed: int | None) -> None:
    ids = seen.drawn(sample, seed)
    for first in range(0, len(ids), _VECTORS_AT_A_TIME):
        some = ids[first : first + _VECTORS_AT_A_TIME]
        for row in kept(_HERE, "vectors_of").rows(connection, {"embedding_ids": some}):
            seen.compare_bytes(row.embedding_id, row.vector)


def _pages(connection: Connection, space: EmbeddingSpace) -> Iterator[Sequence[Any]]:
    after = 0
    parameters = {**space_parameters(space), "limit": _PAGE}
    while page := kept(_HERE, "page_of_ids").rows(connection, {**parameters, "after": after}):
        yield page
        after = page[-1].seq
