"""Words and phrases of a query in one field."""

from __future__ import annotations

import re

import tantivy
from tantivy import Occur, Query

from quickwit.node.messages import BadRequestError
from quickwit.node.query_tree.fields import Searchable

MAX_SLOP = 100
_NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)


def text_query(
    schema: tantivy.Schema, found: Searchable, text: str, slop: int | None, is_prefix: bool
) -> Query:
    """A text in a text field: one term, a phrase, or nothing where no token is left of it.

    `slop` is None for a word without quotes: where it becomes several tokens they are a phrase,
    or just have to be there all in a field without positions.
    """
    tokens = found.tokens(text)
    if not tokens:
        return Query.empty_query()
    if is_prefix:
        return _prefix_query(schema, found, tokens)
    if len(tokens) == 1:
        return _term(schema, found, tokens[0][1])
    if found.field.has_positions:
        return _phrase(schema, found, tokens, slop or 0)
    if slop is None:
        return Query.boolean_query([(Occur.Must, _term(schema, found, t)) for _, t in tokens])
    raise BadRequestError(
        f"invalid query: phrase on the field `{found.field.name}`, which has no positions"
    )


def exact_query(schema: tantivy.Schema, found: Searchable, text: str) -> Query:
    """A number, boolean or datetime."""
    return Query.term_query(schema, found.path, found.value(text))


def json_query(schema: tantivy.Schema, found: Searchable, text: str) -> Query:
    """A leaf of a json field, as text and as what else the word may be."""
    if "." not in found.path:
        raise BadRequestError(
            f"invalid query: `{found.path}` needs a path inside, `{found.path}.x`"
        )
    terms = [term for _, term in found.tokens(text)]
    texts = [Query.term_query(schema, found.path, term) for term in terms]
    readings = [Query.boolean_query([(Occur.Must, one) for one in texts])] if texts else []
    if _NUMBER.fullmatch(text):
        readings.append(Query.term_query(schema, found.path, int(text)))
    if text in ("true", "false"):
        readings.append(Query.term_query(schema, found.path, text == "true"))
    return Query.boolean_query([(Occur.Should, one) for one in readings])


def _term(schema: tantivy.Schema, found: Searchable, term: str) -> Query:
    return Query.term_query(schema, found.path, term, index_option=found.field.record)


def _phrase(
    schema: tantivy.Schema, found: Searchable, tokens: list[tuple[int, str]], slop: int
) -> Query:
    if slop > MAX_SLOP:
        raise BadRequestError(f"invalid query: slop {slop}, at most {MAX_SLOP}")
    return Query.phrase_query(schema, found.path, [*tokens], slop=slop)


def _prefix_query(
    schema: tantivy.Schema, found: Searchable, tokens: list[tuple[int, str]]
) -> Query:
    if len(tokens) > 1 and not found.field.has_positions:
        raise BadRequestError(f"invalid query: phrase on `{found.field.name}` without positions")
    return Query.phrase_prefix_query(schema, found.path, [*tokens])
