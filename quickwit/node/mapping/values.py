"""Values of documents, read by the type of their field."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from quickwit.node.mapping.fields import FieldMapping

MAX_U64 = 2**64 - 1
MIN_I64, MAX_I64 = -(2**63), 2**63 - 1

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_STEPS = {"seconds": 1_000_000, "milliseconds": 1_000, "microseconds": 1, "nanoseconds": 1}
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class InvalidValueError(ValueError):
    """A value that does not fit its field."""


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in time: for the index (microseconds since 1970, UTC), and as it is given back."""

    microseconds: int
    rfc3339: str


def reader(field: FieldMapping) -> Callable[[Any], Any]:
    """Reads one value of a field; gives the very object back where nothing changes."""
    name = field.name

    def text(value: Any) -> Any:
        if type(value) is not str:
            raise _mismatch(name, "a string", value)
        return value

    def boolean(value: Any) -> Any:
        if type(value) is not bool:
            raise _mismatch(name, "a boolean", value)
        return value

    def an_object(value: Any) -> Any:
        if type(value) is not dict:
            raise _mismatch(name, "an object", value)
        return value

    def a_datetime(value: Any) -> Any:
        return read_instant(name, value, field.input_formats, field.precision)

    readers = {"text": text, "bool": boolean, "json": an_object, "datetime": a_datetime}
    return readers.get(field.type) or _number_reader(field)


def _number_reader(field: FieldMapping) -> Callable[[Any], Any]:
    name, is_coerced = field.name, field.is_coerced
    if field.type == "f64":

        def real(value: Any) -> Any:
            if is_coerced and type(value) is str:
                value = _coerced(name, value, float)
            if type(value) not in (int, float) or not _is_finite(value):
                raise _mismatch(name, "a finite number", value)
            return value

        return real
    low, high = (0, MAX_U64) if field.type == "u64" else (MIN_I64, MAX_I64)

    def whole(value: Any) -> Any:
        if is_coerced and type(value) is str:
            value = _coerced(name, value, int)
        if type(value) is not int or not low <= value <= high:
            raise _mismatch(name, f"a whole number from {low} to {high}", value)
        return value

    return whole


def _is_finite(value: int | float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _coerced(name: str, text: str, kind: Callable[[str], Any]) -> Any:
    """A number written as a string; no spaces or underscores, of which Python would take some."""
    if len(text) <= 64 and re.fullmatch(r"[-+0-9.eE]+", text):
        try:
            return kind(text)
        except ValueError:
            pass
    raise _mismatch(name, "a number", text)


def read_instant(name: str, value: Any, formats: Sequence[str], precision: str) -> Instant:
    """A datetime cut to its field's precision."""
    if type(value) is str and "rfc3339" in formats:
        microseconds = _from_rfc3339(name, value)
    elif type(value) in (int, float) and "unix_timestamp" in formats:
        microseconds = _from_unix(name, value)
    else:
        raise _mismatch(name, f"a datetime ({', '.join(formats)})", value)
    step = _STEPS[precision]
    cut = microseconds // step * step
    return Instant(cut, _as_rfc3339(name, microseconds))


def _from_rfc3339(name: str, text: str) -> int:
    found = _RFC3339.fullmatch(text)
    if not found:
        raise _mismatch(name, "an RFC 3339 datetime", text)
    day, clock, fraction, zone = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{zone.upper().replace('Z', '+00:00')}")
        whole = (moment - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        raise _mismatch(name, "an RFC 3339 datetime", text) from None
    return whole + int((fraction or "0").ljust(6, "0")[:6])


def _from_unix(name: str, value: float) -> int:
    if not _is_finite(value):
        raise _mismatch(name, "a Unix timestamp in seconds", value)
    return value * 1_000_000 if type(value) is int else round(value * 1_000_000)


def _as_rfc3339(name: str, microseconds: int) -> str:
    try:
        moment = _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        raise _mismatch(name, "a datetime of the years 1 to 9999", microseconds) from None
    return moment.isoformat().replace("+00:00", "Z")


def _mismatch(name: str, expected: str, value: object) -> InvalidValueError:
    shown = repr(value)
    return InvalidValueError(f"the field `{name}` expects {expected}, found {shown[:80]}")
