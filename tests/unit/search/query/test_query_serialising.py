"""Trees in the words of Quickwit."""

from __future__ import annotations

import pytest

from rushes.search.query.serialising import to_quickwit
from rushes.search.query.tree import (
    All,
    Any,
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
from tests.unit.search.query.query_texts import ask

_A, _B = Field("places", ("a",)), Field("places", ("b",))


@pytest.mark.parametrize(
    ("node", "query"),
    [
        (
            Word("dogs", ("dogs",), ("dog", "dogs")),
            '(lexemes:"dog" OR lexemes:"dogs" OR text:"dogs" OR ocr_letters:IN ["dogs"])',
        ),
        (
            Word("cats", ("cats",), ("cat",), is_whole=True),
            '(lexemes:"cat" OR text:"cats")',
        ),
        (
            Word("it's", ("it", "s"), (), Scope.OCR),
            '(ocr:"it s" OR ocr_letters:IN ["it s"])',
        ),
        (
            Word("photographs", ("photographs",), (), Scope.OCR),
            '(ocr:"photographs" OR (+ocr_letters:IN ["photogra"] +ocr_letters:IN ["tographs"]))',
        ),
        (Word("me", ("me",), (), Scope.OCR), 'ocr:"me"'),
        (
            Word("dog", ("dog",), ("dog",), Scope.TRANSCRIPT),
            '(transcript_lexemes:"dog" OR transcript:"dog")',
        ),
        (Word("anna", ("anna",), ("anna",), Scope.PERSON), 'person_words:"anna"'),
        (Phrase(("new", "york"), Scope.OBJECT), 'object_words:"new york"'),
        (Prefix("gard", Scope.PATH), "path_words:gard*"),
        (Letters("gard"), "text:*gard*"),
        (Field("library_slug", ('a"b\\', "c")), 'library_slug:IN ["a\\"b\\\\" "c"]'),
        (Field("has_face", (True,)), 'has_face:IN ["true"]'),
        (Field("rev", (7,)), "rev:IN [7]"),
        (Field("places", ()), "(+rev:* -rev:*)"),
        (Range("width", 0, None), "width:[0 TO *]"),
        (Range("width", None, None), "width:*"),
        (
            Range("captured_at", "2020-01-01T00:00:00.000Z", None),
            "captured_at:[2020-01-01T00:00:00.000Z TO *]",
        ),
        (All(()), "rev:*"),
        (Any(()), "(+rev:* -rev:*)"),
        (All((_A, Not(_B))), '(+places:IN ["a"] -places:IN ["b"])'),
        (Not(_A), '(+rev:* -places:IN ["a"])'),
        (Any((Not(_A), _B)), '((+rev:* -places:IN ["a"]) OR places:IN ["b"])'),
        (Preferred(_A, _B), '(places:IN ["a"] OR (+places:IN ["a"] +places:IN ["b"]))'),
    ],
)
def test_a_node_in_the_words_of_quickwit(node: Node, query: str) -> None:
    assert to_quickwit(node) == query


@pytest.mark.parametrize(
    "node",
    [
        Prefix('a" OR b'),
        Prefix(""),
        Letters("a*"),
        Letters("a:b"),
        Field("places:x", ("a",)),
        Range("captured_at", "2020] OR rev:*", None),
    ],
)
def test_what_stands_without_quotes_is_checked(node: Node) -> None:
    with pytest.raises(ValueError, match="is no"):
        to_quickwit(node)


def test_a_text_stays_behind_its_filter() -> None:
    text = ask('x) OR (* library:"b" OR rev:*').node
    query = to_quickwit(All((Field("library_slug", ("a",)), text)))
    assert query.startswith('(+library_slug:IN ["a"] +(')
