"""Search by tantivy in this process, as its documentation shows it, on the node's own files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import tantivy

from rushes.search.facets import FIELD_OF_FACET
from rushes.search.request import FACET_VALUES
from scripts.benchmarks.search_questions import FACETS, HITS, Question

_AGGREGATIONS = {
    facet: {"terms": {"field": FIELD_OF_FACET[facet], "size": FACET_VALUES}} for facet in FACETS
}
_LONGEST_TOKEN_BYTES = 255


class BareSearch:
    """`texts`: of each document by its `doc_id`, as the index itself stores none for snippets."""

    def __init__(self, files: Path, texts: Mapping[str, Sequence[str]]) -> None:
        self._index = tantivy.Index.open(str(files))
        tokenizers = tantivy.Tokenizer
        long = tantivy.Filter.remove_long(_LONGEST_TOKEN_BYTES)
        for name, tokenizer in (("whitespace", tokenizers.whitespace()), ("raw", tokenizers.raw())):
            analyzer = tantivy.TextAnalyzerBuilder(tokenizer).filter(long).build()
            self._index.register_tokenizer(name, analyzer)
        self._texts = texts

    def search(self, question: Question) -> int:
        """Hits, count, stored documents, snippets and facets; how many match."""
        searcher = self._index.searcher()
        query = self._index.parse_query(question.bare, ["text"], conjunction_by_default=True)
        found = searcher.search(query, HITS)
        snippets = tantivy.SnippetGenerator.create(searcher, query, self._index.schema, "text")
        for _, address in found.hits:
            self._snippet(snippets, searcher.doc(address))
        searcher.aggregate(query, _AGGREGATIONS)
        return int(found.count)  # type: ignore[attr-defined]  # left out of the stubs

    def _snippet(self, snippets: tantivy.SnippetGenerator, stored: tantivy.Document) -> str:
        hit = tantivy.Document.from_dict({"text": self._texts[_doc_id(stored)]})
        return snippets.snippet_from_doc(hit).to_html()


def _doc_id(stored: tantivy.Document) -> str:
    packed = stored.get_first("_hit")
    assert isinstance(packed, bytes)
    return str(json.loads(packed)["doc_id"])
