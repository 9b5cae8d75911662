"""Documents checked against a mapping, and made into the line that is logged and indexed.

The line that is stored is the document itself with hidden fields put in front, so that nothing is
written twice and a replay of the log needs no mapping:

    _seq        the number of the operation
    _hit        the stored fields as JSON, in base64: what a search gives back
    _time_NAME  a datetime in microseconds since 1970
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from quickwit.node.engine import ParseFailure
from quickwit.node.mapping.config import IndexConfig
from quickwit.node.mapping.fields import FieldMapping
from quickwit.node.mapping.values import InvalidValueError, reader

MAX_NESTING = 100
TIME_PREFIX = "_time_"

_Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Checked:
    """An accepted document: `head` holds the hidden fields, `tail` the document's own."""

    head: str
    tail: str

    def line(self, sequence: int) -> str:
        """One line of JSON for the log and the index."""
        return f'{{"_seq":{sequence}{self.head}{self.tail}'


class DocumentChecker:
    """Checks documents of one index. Compiled once, used by any number of threads."""

    def __init__(self, config: IndexConfig) -> None:
        self._is_strict = config.is_strict
        self._readers = {name: _reader(field) for name, field in config.fields.items()}
        self._times = frozenset(
            name for name, field in config.fields.items() if field.type == "datetime"
        )
        self._unstored = frozenset(
            name for name, field in config.fields.items() if not field.is_stored
        )

    def check(self, line: bytes) -> Checked | ParseFailure:
        """A document's line, or why it is not taken."""
        try:
            text = line.decode()
            given = _object(text)
        except (ValueError, RecursionError) as error:
            return _failure(str(error), line, "invalid_json")
        try:
            return self._checked(given, text)
        except InvalidValueError as error:
            return _failure(str(error), line, "invalid_schema")

    def _checked(self, given: dict[str, Any], text: str) -> Checked:
        kept: dict[str, Any] = {}
        is_changed = False
        for name, value in given.items():
            read = self._readers.get(name)
            if read is None:
                is_changed = True
                self._refuse_unknown(name)
                continue
            found = value if value is None else read(value)
            if found is not value:
                is_changed = True
            if found is not None:
                kept[name] = found
            else:
                is_changed = True
        return self._line(kept, text, is_changed)

    def _refuse_unknown(self, name: str) -> None:
        if self._is_strict:
            raise InvalidValueError(
                f"the document contains a field `{name}` that is not in the schema"
            )

    def _line(self, kept: dict[str, Any], text: str, is_changed: bool) -> Checked:
        head = ""
        for name in self._times & kept.keys():
            value = kept[name]
            values = value if isinstance(value, list) else [value]
            head += f',"{TIME_PREFIX}{name}":{[time.microseconds for time in values]}'
            times = [time.rfc3339 for time in values]
            kept[name] = times if isinstance(value, list) else times[0]
        hit = {name: value for name, value in kept.items() if name not in self._unstored}
        packed = b64encode(json.dumps(hit, ensure_ascii=False).encode()).decode()
        head += f',"_hit":"{packed}"'
        own = json.dumps(kept, ensure_ascii=False) if is_changed else text.strip()
        return Checked(head, f",{own[1:]}" if kept else "}")


def _reader(field: FieldMapping) -> _Reader:
    """Reads a field's value; gives the very object back where nothing changes."""
    read_one = reader(field)
    if not field.is_array:
        return read_one

    def read(value: Any) -> Any:
        if not isinstance(value, list):
            return read_one(value)
        found = [read_one(one) for one in value if one is not None]
        return value if found == value and found else found or None

    return read


def _object(text: str) -> dict[str, Any]:
    if text.count("{") + text.count("[") > MAX_NESTING and _depth(text) > MAX_NESTING:
        raise ValueError("the document is nested too deep")
    value = json.loads(text, parse_constant=_no_constant)
    if not isinstance(value, dict):
        raise ValueError("the document is not a JSON object")  # noqa: TRY004 - it is the caller's text
    if "\\u" in text:
        _refuse_lone_surrogates(value)
    return value


def _refuse_lone_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("the document holds half a surrogate pair") from None


def _depth(text: str) -> int:
    """The greatest number of brackets open at once, those inside of strings counted too."""
    depth = deepest = 0
    for letter in text:
        if letter in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in "}]":
            depth -= 1
    return deepest


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _failure(message: str, line: bytes, reason: str) -> ParseFailure:
    return ParseFailure(message, line.decode("utf-8", "replace"), reason)


def hidden_time(name: str) -> str:
    """The engine's own field under a datetime field."""
    return TIME_PREFIX + name


def engine_name(fields: Mapping[str, FieldMapping], name: str) -> str:
    """The field of the engine that holds a mapped field."""
    return hidden_time(name) if fields[name].type == "datetime" else name
