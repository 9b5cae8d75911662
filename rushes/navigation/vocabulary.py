"""What there is to be asked for: labels, people and languages, with how often each is found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from rushes.db.reading import kept, reading
from rushes.errors import InvalidRequestError
from rushes.navigation import cursor as cursors

MOST_TERMS: Final = 1000
_HERE = Path(__file__).parent


class TermKind(StrEnum):
    """What a term names."""

    OBJECT = "object"
    PLACE = "place"
    PERSON = "person"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Term:
    """A word that questions understand, as the answering runs have it.

    Of a person `label` is the cluster id, and `name` what somebody called it, if anybody did.
    """

    kind: TermKind
    label: str
    name: str | None
    films: int
    spans: int


@dataclass(frozen=True, slots=True)
class Terms:
    """A page of terms, by label; people by name, the unnamed last. The last page has no cursor."""

    terms: tuple[Term, ...]
    has_more: bool
    cursor: str | None


def vocabulary(
    engine: Engine,
    kind: TermKind,
    *,
    library: str | None = None,
    limit: int = 200,
    cursor: str | None = None,
) -> Terms:
    """The terms of a kind in one library or in all.

    InvalidRequestError `page_out_of_bounds`, `bad_cursor`.
    """
    if not 1 <= limit <= MOST_TERMS:
        raise InvalidRequestError(
            f"limit {limit} is out of bounds",
            code="page_out_of_bounds",
            remedy=f"limit 1 to {MOST_TERMS}",
        )
    values: dict[str, Any] = {"kind": kind.value, "library": library, "most": limit + 1}
    if kind is TermKind.PERSON:
        keys: tuple[str, ...] = ("unnamed", "folded", "label")
        place: tuple[Any, ...] = cursors.decode(cursor, int, str, str) if cursor else (-1, "", "")
    else:
        keys = ("label",)
        # Label '' stands for all of a kind and is no term.
        place = cursors.decode(cursor, str) if cursor else ("",)
    values |= {f"after_{key}": value for key, value in zip(keys, place, strict=True)}
    name = "people_terms" if kind is TermKind.PERSON else "label_terms"
    with reading(engine) as connection:
        rows = kept(_HERE, name).rows(connection, values)
    last = rows[limit - 1] if len(rows) > limit else None
    return Terms(
        tuple(Term(kind, row.label, row.name, row.films, row.spans) for row in rows[:limit]),
        len(rows) > limit,
        cursors.encode(tuple(getattr(last, key) for key in keys)) if last is not None else None,
    )
