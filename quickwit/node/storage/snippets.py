"""Snippets: the piece of a stored text where the query's words stand, as HTML."""

from __future__ import annotations

import json
from collections.abc import Sequence

import tantivy

from quickwit.node.messages import BadRequestError
from quickwit.node.query_tree.fields import SearchableFields
from quickwit.node.storage.snapshot import Snapshot

MAX_SNIPPET_LETTERS = 150


def check_snippet_fields(names: Sequence[str], fields: SearchableFields) -> None:
    """`BadRequestError` for what is no stored text."""
    for name in names:
        found = fields.indexed(name).field
        if found.type != "text" or not found.is_stored:
            raise BadRequestError(f"invalid snippet_fields: `{name}` is no stored text")


class Snippets:
    """Makes snippets for the hits of one query in one index."""

    def __init__(self, snapshot: Snapshot, query: tantivy.Query, names: Sequence[str]) -> None:
        self._generators = {
            name: tantivy.SnippetGenerator.create(snapshot.searcher, query, snapshot.schema, name)
            for name in names
        }
        for generator in self._generators.values():
            generator.set_max_num_chars(MAX_SNIPPET_LETTERS)

    def of(self, hit: bytes) -> dict[str, list[str]]:
        """Snippets by field; an empty list where no word of the query stands in it."""
        stored = json.loads(hit)
        return {
            name: _snippets(generator, name, stored.get(name))
            for name, generator in self._generators.items()
        }


def _snippets(generator: tantivy.SnippetGenerator, name: str, value: object) -> list[str]:
    texts = value if isinstance(value, list) else [value]
    found = []
    for text in texts:
        if not isinstance(text, str):
            continue
        document = tantivy.Document()
        document.add_text(name, text)
        snippet = generator.snippet_from_doc(document)
        if snippet.highlighted():
            found.append(snippet.to_html())
    return found
