"""Whether a generation is of the past that this database has.

A database that was put back from a copy keeps its identity, goes back in `seq`, and then gives the
same numbers to other changes. So for each generation a mark is written to the database after the
last of its changes was read: where the mark stands, all that the generation holds was committed in
this database too; one of a lost future has none.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine

from rushes.db.reading import kept
from rushes.db.sql import load_sql
from rushes.vectors.space import EmbeddingSpace, space_parameters

_HERE = Path(__file__).parent
_LARGEST: Final = 2**63 - 1


def plant(engine: Engine, space: EmbeddingSpace, applied_seq: int) -> int:
    """Commit a mark for a generation that was read up to `applied_seq`, and return it.

    It is a row of `embedding_tombstones` with a number that no change ever has: a negative one, so
    that no reader of changes meets it and no writer need be waited for. No two are alike. It goes
    with the tombstones that are pruned up to a later seq.
    """
    mark = -1 - secrets.randbelow(_LARGEST)
    parameters = {**space_parameters(space), "mark": mark, "applied_seq": applied_seq}
    with engine.begin() as connection:
        connection.execute(load_sql(_HERE, "plant_anchor"), parameters)
    return mark


def holds(connection: Connection, space: EmbeddingSpace, anchor: int | None) -> bool:
    """Whether the mark stands; None, of a generation that has none, is not held against it."""
    if anchor is None:
        return True
    (row,) = kept(_HERE, "anchor_holds").rows(
        connection, {**space_parameters(space), "mark": anchor}
    )
    return bool(row.holds)
