"""What a tree means for one document."""

from __future__ import annotations

import pytest

from rushes.search.query.matching import DocumentView, matches, score
from rushes.search.query.tree import Field, Letters, Node, Not, Prefix, Range, Scope
from tests.unit.search.query.query_texts import ask

_FIELDS = {
    "text": ["the dog s bowl", "xre16b 日 本 語", "new", "york"],
    "lexemes": "dog bowl xre16b new york",
    "transcript": ["the dog s bowl"],
    "transcript_lexemes": "dog bowl",
    "ocr": ["xre16b 日 本 語"],
    "ocr_lexemes": "xre16b",
    "ocr_letters": ["xre16b 日 本 語"],
    "places": ["beach"],
    "width": 1920,
    "has_face": False,
    "captured_at": "2020-01-01T00:00:00.000Z",
}


def _matches(node: Node) -> bool:
    return matches(node, DocumentView(_FIELDS))


@pytest.mark.parametrize(
    "text", ["dog", "dogs", "dog's bowl", '"dog s"', "re16", "日本", "bow*", "york new", "-cat", ""]
)
def test_a_text_that_is_there_is_found(text: str) -> None:
    assert _matches(ask(text).node)


@pytest.mark.parametrize(
    "text",
    ["cat", "dog -bowl", '"bowl dog"', '"new york"', "本日", "owl*", "said:xre16b", "said:re16"],
)
def test_a_text_that_is_not_there_is_not_found(text: str) -> None:
    assert not _matches(ask(text).node)


def test_an_excluded_word_is_no_part_of_another() -> None:
    assert _matches(ask("dog -re16").node)


@pytest.mark.parametrize(
    ("node", "found"),
    [
        (Letters("ow"), True),
        (Letters("og", Scope.OCR), False),
        (Prefix("xre", Scope.OCR), True),
        (Field("places", ("beach", "x")), True),
        (Field("places", ("bea",)), False),
        (Field("has_face", (False,)), True),
        (Field("missing", ("x",)), False),
        (Range("width", 1920, 1920), True),
        (Range("width", 1921, None), False),
        (Range("height", None, None), False),
        (Range("captured_at", "2019-12-31T23:59:59.999Z", None), True),
        (Range("captured_at", None, "2019-12-31T23:59:59.999Z"), False),
        (Not(Field("places", ("beach",))), False),
    ],
)
def test_a_node_matches_by_its_law(node: Node, found: bool) -> None:
    assert _matches(node) is found


@pytest.mark.parametrize(
    ("text", "better", "worse"),
    [
        ("dog", "dog bowl dog", "dog bowl sea"),
        ("dogs", "dogs", "dog"),
        ("dog", "dog", "dog " + "and so on " * 50),
        ("the dog", "the dog", "a dog"),
        ("dog OR cat", "dog cat", "dog sea"),
    ],
)
def test_a_better_document_comes_before(text: str, better: str, worse: str) -> None:
    node = ask(text).node
    views = [
        DocumentView({"text": [each], "lexemes": each.replace("dogs", "dog")})
        for each in (better, worse)
    ]
    assert all(matches(node, view) for view in views)
    assert score(node, views[0]) > score(node, views[1])
