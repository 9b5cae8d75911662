"""Filters of a request as nodes, each of which must hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from rushes.errors import InvalidRequestError
from rushes.search.query.shaping import all_of
from rushes.search.query.tree import Field, Node, Range
from rushes.search.request import Filters, Span

MAX_VALUES: Final = 5000
"""Over all filters; the body of a search is limited to 1 MiB."""
_MAX_NUMBER: Final = 2**63 - 1
_MILLISECOND: Final = timedelta(milliseconds=1)
# The index counts nanoseconds from 1970 in 64 bits.
_EARLIEST: Final = datetime(1678, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2262, 1, 1, tzinfo=UTC)
_VALUES: Final = {
    "libraries": "library_slug",
    "asset_ids": "asset_id",
    "languages": "languages",
    "objects": "objects",
    "places": "places",
    "profiles": "profiles",
    "producers": "producers",
}
_FLAGS: Final = (
    *("has_speech", "has_text", "has_face", "is_favorite"),
    *("offline_ready", "preview_ready", "playable", "searchable"),
)
_SPANS: Final = ("scene_duration_ms", "film_duration_ms", "width", "height")


def filter_node(filters: Filters, people: Mapping[str, Sequence[str]]) -> Node:
    """The node that all filters make; without filters it matches everything.

    `people`: name -> ids of the clusters that are called so; what it lacks is taken for an id.
    InvalidRequestError `bad_filter` for a range that is none or too many values.
    """
    count = sum(len(getattr(filters, name)) for name in (*_VALUES, "people"))
    if count > MAX_VALUES:
        raise _bad(f"the filters have {count} values", f"use at most {MAX_VALUES}")
    return all_of(_nodes(filters, people))


def _nodes(filters: Filters, people: Mapping[str, Sequence[str]]) -> Iterator[Node]:
    for name, field in _VALUES.items():
        if values := getattr(filters, name):
            yield Field(field, _clean(values))
    if filters.people:
        clusters = {id_ for each in filters.people for id_ in (each, *people.get(each, ()))}
        yield Field("people", _clean(sorted(clusters)))
    for flag in _FLAGS:
        if (wanted := getattr(filters, flag)) is not None:
            yield Field(flag, (bool(wanted),))
    if filters.captured_from is not None or filters.captured_to is not None:
        yield _captured(filters.captured_from, filters.captured_to)
    for name in _SPANS:
        if (node := _span(name, getattr(filters, name))) is not None:
            yield node


def _clean(values: Sequence[str]) -> tuple[str, ...]:
    """Half of a surrogate pair has no UTF-8; what stands in its place is no value of anybody."""
    return tuple(dict.fromkeys(each.encode("utf-8", "replace").decode() for each in values))


def _span(name: str, span: Span) -> Range | None:
    if span.least is None and span.most is None:
        return None
    least, most = _number(name, span.least), _number(name, span.most)
    _check_order(name, least, most)
    if most is not None and most < 0:
        raise _bad(f"{name} is at most {most}", "use a number from 0 on")
    return Range(name, max(least or 0, 0), most)


def _number(name: str, value: int | None) -> int | None:
    # What comes from outside may be a float after all, and so infinite or no number.
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise _bad(f"{name}: {value!r} is no whole number", "use a whole number")
    if abs(value) > _MAX_NUMBER:
        raise _bad(f"{name}: the number is too large", f"use at most {_MAX_NUMBER}")
    return value


def _captured(since: datetime | None, until: datetime | None) -> Range:
    """Documents have whole ms, rounded down: so is the end, and the beginning is rounded up."""
    for moment in (since, until):
        if moment is not None and moment.tzinfo is None:
            raise _bad(f"{moment.isoformat()} has no time zone", "add one, such as Z")
    first = None if since is None else _within(since)
    last = None if until is None else _within(until)
    _check_order("captured", first, last)
    if first is not None and first.microsecond % 1000:
        first += _MILLISECOND
    return Range("captured_at", _rfc3339(first), _rfc3339(last))


def _within(moment: datetime) -> datetime:
    """In UTC, and not before or after what the index can hold."""
    # Compared before it is converted: that fails for the first and the last day of all.
    return (
        moment.astimezone(UTC)
        if _EARLIEST < moment < _LATEST
        else min(max(moment, _EARLIEST), _LATEST)
    )


def _check_order(name: str, least: object, most: object) -> None:
    if least is not None and most is not None and least > most:  # type: ignore[operator]
        raise _bad(f"{name}: {least} is more than {most}", "change the two")


def _rfc3339(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _bad(message: str, remedy: str) -> InvalidRequestError:
    return InvalidRequestError(message, code="bad_filter", remedy=remedy)
