"""Expressions as a line of text are the trees that they look like."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.errors import InvalidRequestError
from rushes.moments.expression import Asking
from rushes.moments.written import parse

ANN, DOG, EXIT = {"person": "Ann"}, {"object": "dog"}, {"written": "exit"}


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("object:dog", DOG),
        ("scene", {"scene": True}),
        ("object:dog>=0.5", {**DOG, "min_confidence": 0.5}),
        ('said:"good dog">=1', {"said": "good dog", "min_confidence": 1.0}),
        ('person:Ann AND written:"exit" WITHIN 5s', {"all": [ANN, EXIT], "within_ms": 5000}),
        ("person:Ann and object:dog or written:exit", {"any": [{"all": [ANN, DOG]}, EXIT]}),
        (
            "person:Ann AND (object:dog OR written:exit)",
            {"all": [ANN, {"any": [DOG, EXIT]}]},
        ),
        ("person:Ann AND NOT object:dog", {"all": [ANN, {"not": DOG}]}),
        (
            "(person:Ann AND object:dog) within 1.5s",
            {"all": [ANN, DOG], "within_ms": 1500},
        ),
        (
            "(person:Ann AND object:dog WITHIN 2m) AND written:exit WITHIN 500ms",
            {"all": [{"all": [ANN, DOG], "within_ms": 120_000}, EXIT], "within_ms": 500},
        ),
        ("written:http://a.example:80/x", {"written": "http://a.example:80/x"}),
        (r'said:"she said \"no\" (twice)"', {"said": 'she said "no" (twice)'}),
        ("OBJECT:dog", DOG),
        ("place:café AND\n(object:dog)", {"all": [{"place": "café"}, DOG]}),
        ('person:"AND" AND person:OR', {"all": [{"person": "AND"}, {"person": "OR"}]}),
    ],
)
def test_a_line_is_the_tree_that_it_looks_like(text: str, tree: Any) -> None:
    assert parse(text) == Asking.of(tree).expression


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("", 1, "it ends where"),
        ("   ", 4, "it ends where"),
        ("dog", 1, "'dog' stands where something like object:dog"),
        ("animal:dog", 1, "is no kind"),
        ("object:dog AND", 15, "it ends where"),
        ("object:dog person:Ann", 12, "stands where AND, OR"),
        ("(object:dog", 1, "never closed"),
        ("object:dog)", 11, "stands where AND, OR"),
        ("object:dog WITHIN 5s", 12, "WITHIN says nothing here"),
        ("object:dog AND person:Ann WITHIN 5", 34, "a duration such as"),
        ("object:dog AND person:Ann WITHIN", 33, "a duration such as"),
        ("object:dog AND person:Ann WITHIN 5s WITHIN 6s", 37, "stands where AND, OR"),
        ("(object:dog AND person:Ann WITHIN 5s) WITHIN 6s", 39, "WITHIN says nothing here"),
        ('said:"never ends', 1, "is not understood"),
        ("object:dog>=0.5.5", 13, "is no number"),
        ("object:", 1, "is not understood"),
        ("(" * 200 + "object:dog" + ")" * 200, 65, "too many parentheses"),
        ("object:dog OR " * 400 + "scene", 4001, "more than 4000 characters"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, place: int, why: str) -> None:
    with pytest.raises(InvalidRequestError, match="character") as told:
        parse(text)
    assert told.value.code == "bad_expression"
    assert told.value.message.startswith(f"character {place}: ")
    assert why in told.value.message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NOT object:dog", "nothing_positive"),
        ("object:dog OR NOT person:Ann", "nothing_positive"),
        ("NOT (object:dog AND person:Ann) AND NOT scene", "nothing_positive"),
        ("object:dog>=2", "bad_expression"),
        ("object:dog AND scene WITHIN 999m", "bad_expression"),
        ('person:"\0"', "bad_expression"),
    ],
)
def test_a_line_obeys_the_rules_of_trees(text: str, code: str) -> None:
    with pytest.raises(InvalidRequestError) as told:
        parse(text)
    assert told.value.code == code


@given(st.text(st.sampled_from('object:dog AND OR NOT ()"\\>=05s WITHIN\0\udfff'), max_size=60))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        parse(text)
    except InvalidRequestError:
        return


NAMES = st.text(min_size=1, max_size=10).filter(lambda text: text.replace("\0", "").strip())


@given(NAMES)
def test_every_name_can_be_quoted(name: str) -> None:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    assert parse(f'person:"{escaped}"') == Asking.of({"person": name}).expression
