"""The documents that a query may match, found by rows of Postgres: few of all, or too many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from rushes.db.reading import kept
from rushes.search.cover import Group, groups
from rushes.search.named_things import meant_by
from rushes.search.query.shaping import Leaf
from rushes.search.query.tree import Field, Node, Scope
from rushes.search.row_patterns import lexeme_query, text_pattern

MOST_PARTS: Final = 1_000
"""Documents that are built and evaluated; what is more is not looked at. 0.1 ms each."""
_MOST_ROWS: Final = 2_000
_FEW_ROWS: Final = 200
"""So few are not to be narrowed down any more."""
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Candidates:
    """(asset_id, doc_id) of documents, some of which may not exist. `is_capped`: not all."""

    parts: list[tuple[str, str]]
    is_capped: bool


@dataclass(frozen=True, slots=True)
class _Rows:
    """What a group was found in: spans of films, and films by their path."""

    spans: Sequence[Any]
    films: frozenset[str]
    is_capped: bool

    @property
    def size(self) -> int:
        return len(self.spans) + _FEW_ROWS * len(self.films)

    @property
    def all_films(self) -> frozenset[str]:
        return self.films.union(span.asset_id for span in self.spans)


def candidates(
    connection: Connection,
    node: Node,
    films: Sequence[str] | None,
    *,
    newest: bool = False,
    most: int = MOST_PARTS,
) -> Candidates:
    """All documents that `node` may match, in the films that are allowed (None: in all).

    Of a query that asks for nothing in particular they come in order of time.
    """
    wanted = groups(node)
    if not wanted:
        return _capped(_in_time(connection, films, newest, most + 1), most)
    found = _narrowest(connection, wanted, films)
    parts = _parts_of_rows(connection, found.spans, most + 1)
    if found.films and len(parts) <= most:
        whole = _in_time(connection, sorted(found.films), newest, most + 1)
        parts = list(dict.fromkeys([*parts, *whole]))
    chosen = _capped(parts, most)
    return Candidates(chosen.parts, chosen.is_capped or found.is_capped)


def _narrowest(
    connection: Connection, wanted: Sequence[Group], films: Sequence[str] | None
) -> _Rows:
    """The rows of the group with fewest of them, in films that have the others too."""
    found: list[_Rows] = []
    for group in wanted:
        rows = _rows(connection, group, films)
        found.append(rows)
        if not rows.is_capped and rows.size <= _FEW_ROWS:
            break
    narrowest = min(found, key=lambda rows: (rows.is_capped, rows.size))
    whole = [rows.all_films for rows in found if not rows.is_capped]
    if not whole:
        return narrowest
    common = frozenset.intersection(*whole)
    spans = [span for span in narrowest.spans if span.asset_id in common]
    return _Rows(spans, narrowest.films & common, narrowest.is_capped)


def _rows(connection: Connection, group: Group, films: Sequence[str] | None) -> _Rows:
    leaves = [held for held in group if not isinstance(held, Field)]
    spans = kept(_HERE, "candidate_rows").rows(
        connection, {**_values(connection, group, leaves), "films": films, "most": _MOST_ROWS}
    )
    in_path = text_pattern(_within(leaves, Scope.PATH))
    named: Sequence[Any] = ()
    if in_path is not None:
        values = {"pattern": in_path, "films": films, "most": MOST_PARTS}
        named = kept(_HERE, "candidate_films").rows(connection, values)
    is_capped = len(spans) == _MOST_ROWS or len(named) == MOST_PARTS
    return _Rows(spans, frozenset(row.asset_id for row in named), is_capped)


def _values(connection: Connection, group: Group, leaves: Sequence[Leaf]) -> dict[str, Any]:
    things = meant_by(connection, leaves)
    fields = {
        held.name: [value for value in held.values if "\0" not in str(value)]
        for held in group
        if isinstance(held, Field)
    }
    said, written = _within(leaves, Scope.TRANSCRIPT), _within(leaves, Scope.OCR)
    return {
        "objects": [*things.ids("object"), *fields.get("objects", ())],
        "places": [*things.ids("place"), *fields.get("places", ())],
        "people": [*things.ids("person"), *fields.get("people", ())],
        "said_lexemes": lexeme_query(said),
        "said_pattern": text_pattern(said),
        "written_lexemes": lexeme_query(written),
        "written_pattern": text_pattern(written, on_screen=True),
    }


def _within(leaves: Sequence[Leaf], scope: Scope) -> list[Leaf]:
    return [each for each in leaves if each.scope in (Scope.ALL, scope)]


def _parts_of_rows(
    connection: Connection, spans: Sequence[Any], most: int
) -> list[tuple[str, str]]:
    if not spans:
        return []
    values = {
        "asset_ids": [span.asset_id for span in spans],
        "starts": [span.start_ms for span in spans],
        "ends": [span.end_ms for span in spans],
        "most": most,
    }
    rows = kept(_HERE, "candidate_parts").rows(connection, values)
    return [(row.asset_id, row.part) for row in rows]


def _in_time(
    connection: Connection, films: Sequence[str] | None, newest: bool, most: int
) -> list[tuple[str, str]]:
    name = "parts_newest" if newest else "parts_oldest"
    rows = kept(_HERE, name).rows(connection, {"films": films, "most": most})
    return [(row.asset_id, row.part) for row in rows]


def _capped(parts: list[tuple[str, str]], most: int) -> Candidates:
    return Candidates(parts[:most], len(parts) > most)
