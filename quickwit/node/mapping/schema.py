"""A mapping as a schema and tokenizers of tantivy."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import tantivy

from quickwit.node.mapping.config import IndexConfig
from quickwit.node.mapping.documents import hidden_time
from quickwit.node.mapping.fields import FieldMapping
from quickwit.node.mapping.tokenizers import TokenizerConfig

SEQUENCE = "_seq"
HIT = "_hit"
MAX_TOKEN_BYTES = 255
"""Longer tokens are dropped by `default` and the custom tokenizers, as in Quickwit."""


def build_schema(config: IndexConfig) -> tantivy.Schema:
    """The fields that are searched, plus the hidden ones."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field(SEQUENCE, indexed=True, fast=True)
    builder.add_bytes_field(HIT, stored=True)
    for field in config.fields.values():
        if field.is_indexed or field.is_fast:
            _add(builder, field)
    return builder.build()


def _add(builder: tantivy.SchemaBuilder, field: FieldMapping) -> None:
    name, indexed, fast = field.name, field.is_indexed, field.is_fast
    if field.type in ("text", "json"):
        tokenizer, record = field.tokenizer or "raw", field.record or "basic"
        if field.type == "text":
            builder.add_text_field(name, fast=fast, tokenizer_name=tokenizer, index_option=record)
        else:
            builder.add_json_field(
                name, tokenizer_name=tokenizer, index_option=record, expand_dots_enabled=True
            )
    elif field.type == "datetime":
        builder.add_integer_field(hidden_time(name), indexed=indexed, fast=fast)
    else:
        add = {
            "u64": builder.add_unsigned_field,
            "i64": builder.add_integer_field,
            "f64": builder.add_float_field,
            "bool": builder.add_boolean_field,
        }[field.type]
        add(name, indexed=indexed, fast=fast)


def build_analyzers(config: IndexConfig) -> Mapping[str, tantivy.TextAnalyzer]:
    """Every tokenizer of the config by name, built-in and custom."""
    tokenizer, lower = tantivy.Tokenizer, tantivy.Filter.lowercase()
    long = tantivy.Filter.remove_long(MAX_TOKEN_BYTES)
    build = tantivy.TextAnalyzerBuilder
    built_in = {
        "raw": build(tokenizer.raw()).filter(long).build(),
        "lowercase": build(tokenizer.raw()).filter(lower).filter(long).build(),
        "default": build(tokenizer.simple()).filter(long).filter(lower).build(),
        "whitespace": build(tokenizer.whitespace()).filter(long).build(),
    }
    custom = {name: _analyzer(wanted) for name, wanted in config.tokenizers.items()}
    return built_in | custom


def _analyzer(config: TokenizerConfig) -> tantivy.TextAnalyzer:
    tokenizers = tantivy.Tokenizer
    if config.type == "ngram":
        first = tokenizers.ngram(config.min_gram, config.max_gram, config.is_prefix_only)
    elif config.type == "regex":
        first = tokenizers.regex(config.pattern)
    else:
        first = tokenizers.simple()
    builder = tantivy.TextAnalyzerBuilder(first)
    for name in config.filters:
        builder = builder.filter(_FILTERS[name]())
    return builder.build()


_FILTERS: dict[str, Callable[[], tantivy.Filter]] = {
    "lower_caser": tantivy.Filter.lowercase,
    "ascii_folding": tantivy.Filter.ascii_fold,
    "remove_long": lambda: tantivy.Filter.remove_long(MAX_TOKEN_BYTES),
}
