"""Marks stand around what a leaf means, wherever letters are rewritten in between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.search.marking import mark, placed
from rushes.search.moment import MARK_END, MARK_START
from rushes.search.query.shaping import Leaf
from rushes.search.query.tree import Letters, Phrase, Prefix, Scope, Word
from rushes.search.words import tokens

_STEMS = {"dogs": "dog", "dog": "dog"}


def _stems(word: str) -> frozenset[str]:
    return frozenset({_STEMS[word]} if word in _STEMS else ())


def _marked(text: str, *leaves: Leaf, source: str = "transcript") -> str:
    marked = mark(text, source, leaves, _stems).text
    return marked.replace(MARK_START, "[").replace(MARK_END, "]")


@given(st.text())
def test_words_are_placed_where_they_stand(text: str) -> None:
    words = placed(text)
    assert len(words) <= len(tokens(text))
    if text.isascii():
        assert [text[word.begin : word.end].casefold() for word in words] == [
            word.token for word in words
        ]
    ends = [0, *(word.end for word in words)]
    assert all(end <= word.end <= len(text) for end, word in zip(ends, words, strict=False))


@pytest.mark.parametrize(
    ("text", "leaf", "marked"),
    [
        ("Two dogs, one dog", Word("dog", ("dog",), ("dog",)), "Two [dogs], one [dog]"),
        ("it's its", Word("it's", ("it", "s"), ()), "[it's] its"),
        ("in the garden", Phrase(("the", "garden")), "in [the garden]"),
        ("Gardening, regarding", Prefix("gard"), "[Gardening], regarding"),
        ("Gardening, regarding", Letters("gard"), "[Gard]ening, re[gard]ing"),
        ("GROẞE STRAßE", Word("strasse", ("strasse",), ()), "GROẞE [STRAßE]"),
        ("ｆｕｌｌ width", Phrase(("full", "width")), "[ｆｕｌｌ width]"),
        ("日本語の映画", Phrase(("映", "画")), "日本語の[映画]"),
        ("nothing", Phrase(()), "nothing"),
    ],
)
def test_a_leaf_is_marked(text: str, leaf: Leaf, marked: str) -> None:
    assert _marked(text, leaf) == marked


def test_parts_of_words_are_marked_on_screen_only() -> None:
    leaf = Word("RE16", ("re16",), ("re16",))
    assert _marked("XRE16B", leaf, source="ocr") == "X[RE16]B"
    assert _marked("XRE16B", leaf) == "XRE16B"


def test_a_leaf_of_another_kind_of_text_is_not_marked() -> None:
    leaf = Word("dog", ("dog",), ("dog",), Scope.OCR)
    assert _marked("dog", leaf) == "dog"
    assert _marked("dog", leaf, source="ocr") == "[dog]"


def test_marks_do_not_overlap_and_tell_for_which_leaf_they_are() -> None:
    leaves = (Phrase(("the", "dog")), Word("dog", ("dog",), ("dog",)), Letters("zz"))
    marked = mark("the dog", "transcript", leaves, _stems)
    assert marked.leaves == {0, 1}
    assert marked.text == f"{MARK_START}the dog{MARK_END}"
