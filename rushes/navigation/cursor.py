"""Cursors: where a page of an answer ended, opaque to whoever carries it to the next."""

from __future__ import annotations

import base64
import json
import re
from typing import Final, NoReturn

from rushes.errors import InvalidRequestError

CursorValue = str | int | float | None

_TEXT: Final = re.compile(r"[A-Za-z0-9_-]{1,4000}")
_LARGEST: Final = 2**63 - 1
"""What a Postgres bigint holds."""


def encode(values: tuple[CursorValue, ...]) -> str:
    """The values as text that is safe in a URL."""
    text = json.dumps(values, separators=(",", ":"), allow_nan=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(text: str, *kinds: type | tuple[type, ...]) -> tuple[CursorValue, ...]:
    """The values that were encoded, each one that Postgres can hold.

    `kinds`: what each must be, such as `int, str`; absent: any number of any kind. Raises
    InvalidRequestError `bad_cursor` for everything that `encode` did not make of such values.
    """
    if not _TEXT.fullmatch(text):
        _refuse()
    try:
        padded = text + "=" * (-len(text) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded), parse_constant=_refuse)
    except (ValueError, RecursionError):
        _refuse()
    if not isinstance(values, list) or not all(map(_is_storable, values)):
        _refuse()
    if kinds and not _fits(values, kinds):
        _refuse()
    return tuple(values)


def _fits(values: list[CursorValue], kinds: tuple[type | tuple[type, ...], ...]) -> bool:
    return len(values) == len(kinds) and all(map(isinstance, values, kinds))


def _is_storable(value: object) -> bool:
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= each <= "\udfff" for each in value)
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) <= _LARGEST
    return value is None or (isinstance(value, float) and abs(value) != float("inf"))


def _refuse(_: str = "") -> NoReturn:
    raise InvalidRequestError(
        "that is no cursor of an answer",
        code="bad_cursor",
        remedy="take the cursor of the answer before, or leave it out to begin anew",
    ) from None
