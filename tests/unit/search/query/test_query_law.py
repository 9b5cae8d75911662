"""The index finds exactly the documents that a tree matches."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quickwit.node.engine import CommitMode, SearchRequest
from quickwit.node.mapping.config import parse_index_config
from quickwit.node.storage.engine import TantivyEngine
from rushes.errors import InvalidRequestError
from rushes.search.documents import SearchDocument
from rushes.search.query.fields import FIELDS
from rushes.search.query.matching import DocumentView, matches
from rushes.search.query.serialising import to_quickwit
from rushes.search.query.tree import (
    All,
    Field,
    Letters,
    Node,
    Not,
    Phrase,
    Preferred,
    Prefix,
    Range,
    Scope,
    Word,
)
from rushes.search.query.tree import (
    Any as AnyOf,
)
from rushes.search.quickwit.template import compile_template
from tests.unit.search.query.query_texts import ask

INDEX = "scenes-law"
_DOCUMENTS = 150
_WORDS = (
    *("dog", "dogs", "doghouse", "re", "re16", "xre16b", "16", "s", "it", "the", "new", "york"),
    *("photograph", "photographs", "日", "本", "語", "e\u0301t", "שלום", "ไ", "ß", "aa", "aaa"),
)
_LABELS = ('a"b', "beach hall", "c\\d", "the", "*")


def _text(source: random.Random) -> str:
    return " ".join(source.choices(_WORDS, k=source.randint(1, 6)))


def _texts(source: random.Random) -> list[str]:
    return [_text(source) for _ in range(source.randint(0, 3))]


def _document(source: random.Random, number: int) -> SearchDocument:
    fields: dict[str, Any] = {
        "doc_id": f"d{number}",
        "asset_id": f"a{number % 7}",
        "library_slug": source.choice(("one", "two")),
        "places": source.sample(_LABELS, source.randint(0, 2)),
        "has_face": source.random() < 0.5,
        "width": source.choice((None, 0, 640, 1920)),
        "captured_at": source.choice(
            (None, "1999-12-31T23:59:59.999Z", "2020-01-01T00:00:00.000Z")
        ),
    }
    for each in FIELDS.values():
        fields[each.words] = _texts(source)
        if each.lexemes:
            fields[each.lexemes] = " ".join(source.choices(_WORDS, k=source.randint(0, 4)))
    fields["ocr_letters"] = fields["ocr"]
    present = {name: value for name, value in fields.items() if value not in (None, [], "")}
    return SearchDocument(fields["asset_id"], fields["doc_id"], present)


class Indexed:
    """Documents, and an index that holds them."""

    def __init__(self, engine: TantivyEngine) -> None:
        source = random.Random(7)
        self.documents = [_document(source, number) for number in range(_DOCUMENTS)]
        self._engine = engine
        engine.create_index(parse_index_config(compile_template(INDEX)))
        lines = [document.line(rev, INDEX) for rev, document in enumerate(self.documents, 1)]
        assert not engine.ingest(INDEX, lines, CommitMode.FORCE).failures

    def found(self, node: Node) -> set[str]:
        """What the index finds."""
        query = to_quickwit(node)
        request = SearchRequest(query=query, search_fields=("text",), max_hits=1000)
        hits = self._engine.search([INDEX], request).hits
        return {json.loads(hit)["doc_id"] for hit in hits}

    def matching(self, node: Node) -> set[str]:
        """What matches."""
        views = ((each.doc_id, DocumentView.of(each)) for each in self.documents)
        return {doc_id for doc_id, view in views if matches(node, view)}


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Indexed]:
    engine = TantivyEngine(tmp_path_factory.mktemp("node"))
    yield Indexed(engine)
    engine.close()


_words = st.sampled_from(_WORDS)
_tokens = st.lists(_words, min_size=1, max_size=4).map(tuple)
_scopes = st.sampled_from(Scope)
_times = st.sampled_from((None, "1999-12-31T23:59:59.999Z", "2000-01-01T00:00:00Z"))
_leaves: st.SearchStrategy[Node] = st.one_of(
    st.builds(
        Word, st.just("x"), _tokens, st.lists(_words, max_size=3).map(tuple), _scopes, st.booleans()
    ),
    st.builds(Phrase, _tokens, _scopes),
    st.builds(Prefix, st.sampled_from(("do", "dog", "photog", "日", "e\u0301", "a")), _scopes),
    st.builds(Letters, st.sampled_from(("og", "e1", "16", "ש", "日", "aa")), _scopes),
    st.builds(Field, st.just("places"), st.lists(st.sampled_from(_LABELS), max_size=2).map(tuple)),
    st.builds(Field, st.just("has_face"), st.tuples(st.booleans())),
    st.builds(Field, st.just("width"), st.tuples(st.sampled_from((0, 640, 5)))),
    st.builds(Range, st.just("width"), st.none() | st.integers(0, 2000), st.none()),
    st.builds(Range, st.just("captured_at"), _times, _times),
)
_trees = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple).map(All),
        st.lists(inner, max_size=3).map(tuple).map(AnyOf),
        inner.map(Not),
        st.builds(Preferred, inner, inner),
    ),
    max_leaves=8,
)


_FROM_ONE_INDEX = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@_FROM_ONE_INDEX
@given(node=_trees)
def test_the_index_finds_what_the_tree_matches(indexed: Indexed, node: Node) -> None:
    assert indexed.found(node) == indexed.matching(node)


_pieces = st.sampled_from(
    (*_WORDS, "dog*", '"', "(", ")", "-", "OR", "NOT", "said:", "library:two", "rev:*", "*")
)


@_FROM_ONE_INDEX
@given(text=st.lists(_pieces, max_size=9), joint=st.sampled_from((" ", "")))
def test_no_text_crosses_a_filter(indexed: Indexed, text: list[str], joint: str) -> None:
    try:
        query = ask(joint.join(text))
    except InvalidRequestError:
        return
    ours = Field("library_slug", ("one",))
    allowed = indexed.matching(ours)
    for node in (query.node, query.letters, query.any_word):
        if node is not None:
            found = indexed.found(All((ours, node)))
            assert found <= allowed
            assert found == allowed & indexed.matching(node)
