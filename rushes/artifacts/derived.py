"""All that is derived, by name: rebuilt, and compared with a fresh derivation.

Beside the projections, which follow from a run's artifacts, these are the tables that follow from
a whole film: what they are stands in the database's functions, which each commit runs too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from rushes.artifacts import projections
from rushes.artifacts.coverage import COVERED_STAGES
from rushes.artifacts.projections import PROJECTIONS, projection
from rushes.db.sql import load_sql
from rushes.errors import InvalidRequestError

_HERE = Path(__file__).parent
_STAGES: Final = sorted(COVERED_STAGES)
_PROJECTION_NAMES: Final = tuple(each.name for each in PROJECTIONS)

FILM_ANSWERS: Final = (
    "current_runs",
    "replaced_artifacts",
    "film_vocabulary",
    "vocabulary",
    "film_texts",
    "longest_spans",
)
"""Tables derived of whole films. They are rebuilt together, since one rests on another."""

DERIVED: Final = (*_PROJECTION_NAMES, *FILM_ANSWERS)
"""Every derived table, each after those that it rests on."""


def checked_names(names: Sequence[str]) -> tuple[str, ...]:
    """The derived tables that are meant, all for none; InvalidRequestError `unknown_projection`."""
    if unknown := set(names).difference(DERIVED):
        raise InvalidRequestError(
            f"there is no projection {', '.join(sorted(unknown))}",
            code="unknown_projection",
            remedy=f"use {', '.join(DERIVED)}",
        )
    return tuple(each for each in DERIVED if each in names or not names)


def derived_films(connection: Connection, library: str | None = None) -> list[str]:
    """The films of a library, or all, that something is or should be derived of.

    Films that are deleted are among them where something was left behind.
    """
    found = connection.execute(load_sql(_HERE, "derived_films"), {"library": library})
    return list(found.scalars())


def rebuild(connection: Connection, asset_ids: Sequence[str], names: Sequence[str] = ()) -> None:
    """Derive these tables anew for these films, in the caller's transaction."""
    wanted = checked_names(names)
    for name in wanted:
        if name in _PROJECTION_NAMES:
            projections.rebuild(connection, projection(name), asset_ids)
    if set(wanted).intersection(FILM_ANSWERS):
        films = {"asset_ids": list(asset_ids)}
        connection.execute(load_sql(_HERE, "refresh_films"), {**films, "stages": _STAGES})
        connection.execute(load_sql(_HERE, "rebuild_vocabulary"), films)


def verify(
    connection: Connection, asset_ids: Sequence[str], names: Sequence[str] = ()
) -> dict[str, int]:
    """How many rows of each table differ from a fresh derivation, for these films.

    `vocabulary` is compared for the whole libraries that they are in.
    """
    return {name: _differing(connection, asset_ids, name) for name in checked_names(names)}


def _differing(connection: Connection, asset_ids: Sequence[str], name: str) -> int:
    if name in _PROJECTION_NAMES:
        return projections.verify(connection, projection(name), asset_ids)
    values: dict[str, list[str]] = {"asset_ids": list(asset_ids)}
    if name != "vocabulary":
        values["stages"] = _STAGES
    return int(connection.execute(load_sql(_HERE, f"verify_{name}"), values).scalar_one())
