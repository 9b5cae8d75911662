"""No text breaks the parser, and no text reaches an engine as anything but literals."""

from __future__ import annotations

import random
import string

import pytest
import tantivy
from hypothesis import given, settings
from hypothesis import strategies as st

from quickwit.node.query_tree.parsing import parse as parse_as_the_node
from rushes.errors import InvalidRequestError
from rushes.search.query import limits
from rushes.search.query.fields import FIELDS
from rushes.search.query.serialising import quoted, to_quickwit
from rushes.search.query.tree import Field, Scope
from tests.unit.search.query.query_texts import HOSTILE, ask, random_text

_COUNT, _DEEP_COUNT = 20_000, 100_000
_ALLOWED = {"bool", "literal", "set", "exists"}
_FIELDS = {
    name for each in FIELDS.values() for name in (each.words, each.lexemes, each.letters) if name
} | {"rev", "languages", "library_slug"}


def _check(text: str) -> None:
    """Ask in all strengths; AssertionError where the engine is told anything unforeseen."""
    try:
        query = ask(text)
    except InvalidRequestError:
        return
    for node in (query.node, query.letters, query.any_word):
        if node is not None:
            _check_tree(parse_as_the_node(to_quickwit(node)))


def _check_tree(tree: dict) -> None:  # type: ignore[type-arg]
    assert tree["type"] in _ALLOWED
    if tree["type"] == "bool":
        for _, clause in tree["clauses"]:
            _check_tree(clause)
        return
    assert (tree.get("field") or tree.get("field_name")) in _FIELDS
    if tree["type"] == "exists":
        assert tree["field"] == "rev"
    if tree["type"] == "literal" and tree["delimiter"] == "none":
        bare = tree["phrase"].strip("*")
        assert "*" in tree["phrase"]
        assert not set(bare) & set(string.punctuation + string.whitespace)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_is_answered_or_refused(text: str) -> None:
    _check(text[: limits.MAX_CHARACTERS])


def test_random_texts_are_answered_or_refused(request: pytest.FixtureRequest) -> None:
    count = _DEEP_COUNT if request.config.getoption("--deep") else _COUNT
    source = random.Random(20250601)
    for _ in range(count):
        text = random_text(source)
        try:
            _check(text)
        except Exception as error:
            raise AssertionError(f"{text!r} breaks it") from error


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_a_quoted_literal_is_read_back_as_it_is(literal: str) -> None:
    assert tantivy.parse_query(f"a:{quoted(literal)}")["phrase"] == literal
    tree = tantivy.parse_query(to_quickwit(Field("libraries", (literal, "x"))))
    assert tree["elements"] == [literal, "x"]


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from('()"-+*:\\ abORNT'), max_size=60), st.sampled_from(Scope))
def test_texts_of_signs_only_are_answered_or_refused(text: str, scope: Scope) -> None:
    _check(text)
    _check(f"({text}) {scope}")
