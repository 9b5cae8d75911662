"""Places in the one order: where a walk goes on, as cursors that fit one film or the library."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn

from rushes.errors import InvalidRequestError
from rushes.navigation import cursor as cursors
from rushes.navigation.rows import LARGEST_MS

START, END = "start", "end"
"""Cursors in words: before the first, and after the last."""

_FILM, _LIBRARY = "film", "library"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_WORDS: Final = {START: (-1, ""), END: (LARGEST_MS, "")}
"""No span starts there, nor can one: it is longer than nothing."""


@dataclass(frozen=True, slots=True)
class FilmPlace:
    """A place in the order (start in ms, artifact_id) of one film."""

    start_ms: int
    artifact_id: str


@dataclass(frozen=True, slots=True)
class LibraryPlace:
    """A place in the order of all films; `captured_at` None: among the undated, which are last."""

    captured_at: datetime | None
    asset_id: str
    start_ms: int
    artifact_id: str


def first_of_film(captured_at: datetime | None, asset_id: str) -> LibraryPlace:
    """Before everything in that film."""
    return LibraryPlace(captured_at, asset_id, *_WORDS[START])


def last_of_film(captured_at: datetime | None, asset_id: str) -> LibraryPlace:
    """After everything in that film."""
    return LibraryPlace(captured_at, asset_id, *_WORDS[END])


def film_cursor(asset_id: str, start_ms: int, artifact_id: str) -> str:
    """The cursor of an answer in a film."""
    return cursors.encode((_FILM, asset_id, start_ms, artifact_id))


def film_place(cursor: str, asset_id: str) -> FilmPlace:
    """Where a cursor of this film stands. InvalidRequestError `bad_cursor`."""
    if cursor in _WORDS:
        return FilmPlace(*_WORDS[cursor])
    made_for, film, start_ms, artifact_id = _decoded(cursor, str, str, int, str)
    if made_for != _FILM or film != asset_id:
        _refuse("that cursor is of another film or another question")
    return FilmPlace(start_ms, artifact_id)


def library_cursor(place: LibraryPlace) -> str:
    """The cursor of an answer across the library."""
    return cursors.encode(
        (
            _LIBRARY,
            None if place.captured_at is None else (place.captured_at - _EPOCH) // _MICROSECOND,
            place.asset_id,
            place.start_ms,
            place.artifact_id,
        )
    )


def library_place(cursor: str) -> LibraryPlace:
    """Where a cursor of the library stands. InvalidRequestError `bad_cursor`."""
    made_for, captured, asset_id, start_ms, artifact_id = _decoded(
        cursor, str, (int, type(None)), str, int, str
    )
    if made_for != _LIBRARY:
        _refuse("that cursor is of another question")
    return LibraryPlace(_time(captured), asset_id, start_ms, artifact_id)


def _decoded(cursor: str, *kinds: type | tuple[type, ...]) -> tuple[Any, ...]:
    return cursors.decode(cursor, *kinds)


def _time(microseconds: int | None) -> datetime | None:
    if microseconds is None:
        return None
    try:
        return _EPOCH + microseconds * _MICROSECOND
    except OverflowError:
        _refuse("that cursor is of no answer")


def _refuse(reason: str) -> NoReturn:
    raise InvalidRequestError(
        reason,
        code="bad_cursor",
        remedy="take the cursor of the answer before, `start` or `end`, or leave it out",
    ) from None
