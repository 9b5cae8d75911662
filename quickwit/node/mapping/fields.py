"""One field of a mapping, read and checked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from quickwit.node.mapping.keys import a_choice, a_flag, a_list, an_object, known_only, not_served
from quickwit.node.messages import BadRequestError, NotServedError

FIELD_NAME = re.compile(r"[@$\-a-zA-Z][@$_/\-a-zA-Z0-9]{0,254}")
BUILT_IN_TOKENIZERS = ("default", "raw", "lowercase", "whitespace")
NUMERIC_TYPES = ("u64", "i64", "f64")
PRECISIONS = ("seconds", "milliseconds", "microseconds", "nanoseconds")

_NOT_SERVED_TYPES = ("bytes", "ip", "object", "concatenate")
_NOT_SERVED_TOKENIZERS = ("chinese_compatible", "source_code_default", "source_code_with_hex")
_SHARED_KEYS = ("name", "type", "description", "stored", "indexed", "fast")
_TEXT_KEYS = ("tokenizer", "record", "fieldnorms")
_KEYS: dict[str, tuple[str, ...]] = {
    "text": _TEXT_KEYS,
    "json": (*_TEXT_KEYS, "expand_dots"),
    "bool": (),
    "datetime": ("input_formats", "output_format", "fast_precision"),
    **dict.fromkeys(NUMERIC_TYPES, ("coerce", "output_format")),
}
_ARRAY = re.compile(r"array<(\w+)>")


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """A field. `tokenizer` and `record` are empty where the field is no indexed text."""

    name: str
    type: str
    is_array: bool
    is_stored: bool
    is_indexed: bool
    is_fast: bool
    tokenizer: str = ""
    record: str = ""
    has_fieldnorms: bool = False
    input_formats: tuple[str, ...] = ()
    precision: str = "seconds"
    is_coerced: bool = True

    @property
    def has_positions(self) -> bool:
        """Whether phrases can be searched."""
        return self.record == "position"


def parse_field(raw: object, tokenizers: Collection[str]) -> FieldMapping:
    """A field from one entry of `field_mappings`. `tokenizers` are the names of the custom ones."""
    given = an_object("field_mappings", raw)
    where = f"field `{given.get('name')}`"
    name = given.get("name")
    if not isinstance(name, str) or not FIELD_NAME.fullmatch(name):
        raise BadRequestError(f"{where}: invalid field name")
    kind, is_array = _type(where, given)
    known_only(where, given, (*_SHARED_KEYS, *_KEYS[kind]))
    is_indexed = a_flag(where, given, "indexed", True)
    text = _text(where, given, is_indexed, tokenizers) if kind in ("text", "json") else {}
    times = _datetime(where, given) if kind == "datetime" else {}
    return FieldMapping(
        name=name,
        type=kind,
        is_array=is_array,
        is_stored=a_flag(where, given, "stored", True),
        is_indexed=is_indexed,
        is_fast=_fast(where, given, kind),
        is_coerced=a_flag(where, given, "coerce", True),
        **text,
        **times,
    )


def _type(where: str, given: Mapping[str, Any]) -> tuple[str, bool]:
    kind = given.get("type")
    if not isinstance(kind, str):
        raise BadRequestError(f"{where}: missing field `type`")
    found = _ARRAY.fullmatch(kind)
    name = found[1] if found else kind
    if name in _NOT_SERVED_TYPES:
        raise NotServedError(f"{where}: the embedded node does not serve the type `{kind}`")
    if name not in _KEYS:
        raise BadRequestError(f"{where}: unknown type `{kind}`")
    return name, found is not None


def _fast(where: str, given: Mapping[str, Any], kind: str) -> bool:
    """Whether it is a column. A text column may name its normalizer, of which `raw` is served."""
    value = given.get("fast", False)
    if kind == "text" and isinstance(value, dict):
        known_only(where, value, ("normalizer",))
        if value.get("normalizer", "raw") != "raw":
            raise NotServedError(f"{where}: the embedded node serves the normalizer `raw` alone")
        return True
    if kind == "json" and value is True:
        raise NotServedError(f"{where}: the embedded node does not serve fast json fields")
    return a_flag(where, given, "fast", False)


def _text(
    where: str, given: Mapping[str, Any], is_indexed: bool, tokenizers: Collection[str]
) -> dict[str, Any]:
    not_served(where, given, "expand_dots", True)
    if not is_indexed:
        if refused := [key for key in _TEXT_KEYS if key in given]:
            raise BadRequestError(f"{where}: `{refused[0]}` makes no sense as it is not indexed")
        return {}
    tokenizer = given.get("tokenizer", "default")
    if tokenizer in _NOT_SERVED_TOKENIZERS:
        raise NotServedError(
            f"{where}: the embedded node does not serve the tokenizer `{tokenizer}`"
        )
    if tokenizer not in BUILT_IN_TOKENIZERS and tokenizer not in tokenizers:
        raise BadRequestError(f"{where}: unknown tokenizer `{tokenizer}`")
    return {
        "tokenizer": tokenizer,
        "record": a_choice(where, given, "record", ("basic", "freq", "position")),
        "has_fieldnorms": a_flag(where, given, "fieldnorms", False),
    }


def _datetime(where: str, given: Mapping[str, Any]) -> dict[str, Any]:
    not_served(where, given, "output_format", "rfc3339")
    formats = a_list(where, given.get("input_formats", ["rfc3339", "unix_timestamp"]))
    for wanted in formats:
        if wanted not in ("rfc3339", "unix_timestamp"):
            raise NotServedError(
                f"{where}: the embedded node does not read datetimes as `{wanted}`"
            )
    if not formats:
        raise BadRequestError(f"{where}: `input_formats` is empty")
    return {
        "input_formats": tuple(formats),
        "precision": a_choice(where, given, "fast_precision", PRECISIONS),
    }


def read_back(field: FieldMapping) -> dict[str, Any]:
    """The field as Quickwit reads it back: every default spelled out."""
    body: dict[str, Any] = {
        "name": field.name,
        "type": f"array<{field.type}>" if field.is_array else field.type,
        "stored": field.is_stored,
        "indexed": field.is_indexed,
        "fast": field.is_fast,
    }
    if field.tokenizer:
        body |= {"tokenizer": field.tokenizer, "record": field.record}
        body["fieldnorms"] = field.has_fieldnorms
    if field.type == "datetime":
        body["input_formats"] = list(field.input_formats)
        body |= {"output_format": "rfc3339", "fast_precision": field.precision}
    if field.type in NUMERIC_TYPES:
        body |= {"coerce": field.is_coerced, "output_format": "number"}
    return body
