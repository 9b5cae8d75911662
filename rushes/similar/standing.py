"""The spaces that can answer now."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Connection, Engine

from rushes.artifacts.selection import Selection
from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.db.reading import kept, reading
from rushes.similar.embedders import STAGE_OF_KIND
from rushes.vectors.space import EmbeddingSpace, spaces_parameters
from rushes.vectors.store import read_spaces

_HERE: Final = Path(__file__).parent


class _Known(NamedTuple):
    snapshot: str
    spaces: list[EmbeddingSpace]


class StandingSpaces:
    """Safe between threads. Read anew only when somebody committed something since the last time:
    two equal snapshots of Postgres see the same rows.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known = _Known("", [])

    def of(
        self, kinds: Collection[EmbeddingKind], selection: Selection | None = None
    ) -> list[EmbeddingSpace]:
        """Those of these kinds with embeddings of a run that answers by its film's policy.

        With a `selection` of the question's own, all that have embeddings: any run may answer.
        """
        with reading(self._engine) as connection:
            spaces = self._answering(connection) if selection is None else read_spaces(connection)
        return [each for each in spaces if each.kind in kinds]

    def _answering(self, connection: Connection) -> list[EmbeddingSpace]:
        known = self._known
        (row,) = kept(_HERE, "snapshot").rows(connection, {})
        if row.snapshot != known.snapshot:
            known = _Known(row.snapshot, _with_answers(connection, read_spaces(connection)))
            self._known = known
        return known.spaces


def _with_answers(
    connection: Connection, spaces: Collection[EmbeddingSpace]
) -> list[EmbeddingSpace]:
    values = {
        **spaces_parameters(spaces),
        "stages": [STAGE_OF_KIND[space.kind] for space in spaces],
    }
    rows = kept(_HERE, "answering_spaces").rows(connection, values)
    answering = {(row.kind, row.model, row.model_version, row.dimension) for row in rows}
    return [
        space
        for space in spaces
        if (space.kind, space.model, space.model_version, space.dimension) in answering
    ]
