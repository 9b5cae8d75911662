"""What a query may ask of a field, and the terms its words become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tantivy

from quickwit.node.mapping.config import IndexConfig
from quickwit.node.mapping.documents import hidden_time
from quickwit.node.mapping.fields import FieldMapping
from quickwit.node.mapping.values import MAX_I64, MAX_U64, InvalidValueError, read_instant, reader
from quickwit.node.messages import BadRequestError, NotServedError

_ENGINE_TYPES = {
    "u64": tantivy.FieldType.Unsigned,
    "i64": tantivy.FieldType.Integer,
    "f64": tantivy.FieldType.Float,
    "bool": tantivy.FieldType.Boolean,
    "datetime": tantivy.FieldType.Integer,
    "text": tantivy.FieldType.Text,
}


@dataclass(frozen=True, slots=True)
class Searchable:
    """A field of the mapping as a query meets it. `path` is its name in the engine."""

    field: FieldMapping
    path: str
    analyzer: tantivy.TextAnalyzer | None

    @property
    def engine_type(self) -> tantivy.FieldType:
        """The engine's type of its values."""
        return _ENGINE_TYPES[self.field.type]

    def tokens(self, text: str) -> list[tuple[int, str]]:
        """(position, term) of each token of a text."""
        assert self.analyzer is not None
        if self.field.tokenizer == "raw":
            return [(0, text)] if text else []
        found = self.analyzer.pre_tokenize(text).tokens
        return [(token.position, token.text) for token in found]

    def value(self, text: str) -> Any:
        """A word of a query as a value of this field. `BadRequestError` where it is none."""
        kind = self.field.type
        try:
            if kind == "text":
                return text
            if kind == "bool":
                return _boolean(self.field.name, text)
            if kind == "datetime":
                return self._instant(text)
            return reader(_as_text_given(self.field))(text)
        except InvalidValueError as error:
            raise BadRequestError(f"invalid query: {error}") from error

    def whole_numbers(self, texts: Sequence[str]) -> list[Any]:
        """Digits as values of this field, thousands at once."""
        if self.field.type not in ("u64", "i64"):
            return [self.value(text) for text in texts]
        values = list(map(int, texts))
        limit = MAX_U64 if self.field.type == "u64" else MAX_I64
        if values and max(values) > limit:
            raise BadRequestError(f"invalid query: `{self.field.name}` holds numbers to {limit}")
        return values

    def _instant(self, text: str) -> int:
        formats = ("rfc3339", "unix_timestamp")
        given: Any = int(text) if text.lstrip("-").isdecimal() and len(text) < 20 else text
        return read_instant(self.field.name, given, formats, self.field.precision).microseconds


class SearchableFields:
    """The fields of one index by the names that a query gives."""

    def __init__(self, config: IndexConfig, analyzers: Mapping[str, tantivy.TextAnalyzer]) -> None:
        self._config = config
        self._found = {
            name: Searchable(
                field,
                hidden_time(name) if field.type == "datetime" else name,
                analyzers.get(field.tokenizer),
            )
            for name, field in config.fields.items()
        }

    @property
    def default_names(self) -> tuple[str, ...]:
        """The fields that are searched where a query names none."""
        return self._config.default_search_fields

    def get(self, name: str) -> Searchable:
        """Any field of the mapping. `BadRequestError` where there is none."""
        if found := self._found.get(name):
            return found
        top, dot, _ = name.partition(".")
        if dot and (parent := self._found.get(top)) and parent.field.type == "json":
            return Searchable(parent.field, name, parent.analyzer)
        raise BadRequestError(f"invalid query: field does not exist: `{name}`")

    def indexed(self, name: str) -> Searchable:
        """A field whose terms can be searched."""
        found = self.get(name)
        if not found.field.is_indexed:
            raise BadRequestError(f"invalid query: the field `{name}` is not indexed")
        return found

    def fast(self, name: str) -> Searchable:
        """A field with a column of its values."""
        found = self.get(name)
        if not found.field.is_fast:
            raise BadRequestError(f"invalid query: the field `{name}` is not a fast field")
        return found

    def ranged(self, name: str) -> Searchable:
        """A fast field of an ordered type."""
        found = self.fast(name)
        if found.field.type in ("text", "json"):
            raise NotServedError(f"the embedded node does not serve ranges of text (`{name}`)")
        return found


def _boolean(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise InvalidValueError(f"the field `{name}` expects a boolean, found {text!r}")
    return text == "true"


def _as_text_given(field: FieldMapping) -> FieldMapping:
    """The numeric field with strings allowed: a query has nothing else."""
    return FieldMapping(
        field.name, field.type, False, False, field.is_indexed, field.is_fast, is_coerced=True
    )
