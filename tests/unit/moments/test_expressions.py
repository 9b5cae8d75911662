"""What an expression may be, and how a wrong one is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.errors import InvalidRequestError
from rushes.moments.expression import MAX_DEPTH, MAX_LEAVES, MAX_WITHIN_MS, AllOf, Asking
from rushes.moments.measure import Measure
from rushes.moments.plan import rarest, steps_of
from rushes.moments.terms import AllTerm, AnyTerm, LeafTerm, numbered

DOG = {"object": "dog"}


def nested(depth: int) -> dict[str, Any]:
    """A tree of that many levels."""
    made: dict[str, Any] = DOG
    for _ in range(depth - 1):
        made = {"all": [made]}
    return made


def refusal(value: object) -> InvalidRequestError:
    with pytest.raises(InvalidRequestError) as told:
        Asking.of(value)
    return told.value


@pytest.mark.parametrize("leaf", ["object", "person", "place", "said", "written"])
def test_each_kind_of_leaf_is_looked_for_as_it_is_named(leaf: str) -> None:
    wanted = Asking.of({leaf: "x", "min_confidence": 0.5}).expression.wanted()  # type: ignore[union-attr]
    assert "x" in (wanted.label, wanted.person, wanted.text)
    assert wanted.min_confidence == 0.5


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (None, "expression: "),
        ([], "expression: "),
        ("dog", "expression: "),
        ({}, "expression: "),
        ({"dog": 1}, "expression: "),
        ({"object": "dog", "person": "Ann"}, "expression: "),
        ({"object": "dog", "colour": "red"}, "expression.object.colour: "),
        ({"object": 5}, "expression.object: "),
        ({"object": ""}, "expression.object: "),
        ({"object": "\0\ud800 "}, "expression.object: "),
        ({"object": "x" * 2001}, "expression.object: "),
        ({"scene": False}, "expression.scene: "),
        ({"all": []}, "expression.all: "),
        ({"all": DOG}, "expression.all: "),
        ({"any": [DOG, 5]}, "expression.any[1]: "),
        ({"all": [DOG], "within_ms": -1}, "expression.all.within_ms: "),
        ({"all": [DOG], "within_ms": "5"}, "expression.all.within_ms: "),
        ({"all": [DOG], "within_ms": 1.5}, "expression.all.within_ms: "),
        ({"all": [DOG], "within_ms": 10**30}, "expression.all.within_ms: "),
        ({"all": [DOG], "within_ms": MAX_WITHIN_MS + 1}, "expression.all.within_ms: "),
        ({"any": [DOG], "within_ms": 5}, "expression.any.within_ms: "),
        (
            {"all": [DOG, {"any": [{**DOG, "min_confidence": 7}]}]},
            "expression.all[1].any[0].object.min_confidence: ",
        ),
        ({**DOG, "min_confidence": float("nan")}, "expression.object.min_confidence: "),
        ({"all": [DOG, {"not": {"place": ""}}]}, "expression.all[1].not.place: "),
    ],
)
def test_what_is_wrong_is_named_with_its_place(value: object, place: str) -> None:
    error = refusal(value)
    assert error.code == "bad_expression"
    assert error.message.startswith(place)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"not": DOG}, "expression: "),
        ({"any": [DOG, {"not": DOG}]}, "expression.any[1]: "),
        ({"all": [{"not": DOG}]}, "expression: "),
        ({"all": [DOG, {"not": {"not": DOG}}]}, "expression.all[1].not: "),
        ({"all": [DOG, {"all": [{"not": DOG}, {"not": DOG}]}]}, "expression.all[1]: "),
    ],
)
def test_a_not_needs_something_that_has_to_be_there(value: object, place: str) -> None:
    error = refusal(value)
    assert error.code == "nothing_positive"
    assert error.message.startswith(place)
    assert error.remedy


def test_depth_and_leaves_are_bounded() -> None:
    Asking.of(nested(MAX_DEPTH))
    assert "nested deeper" in refusal(nested(MAX_DEPTH + 1)).message
    assert "nested deeper" in refusal(nested(10_000)).message
    Asking.of({"any": [DOG] * MAX_LEAVES})
    assert "things are named" in refusal({"any": [DOG] * (MAX_LEAVES + 1)}).message
    assert "things are named" in refusal({"any": [0] * 100_000}).message


def test_what_was_checked_is_an_expression_again() -> None:
    made = Asking.of({"all": [DOG, {"not": {"scene": True}}], "within_ms": 5}).expression
    assert Asking.of(made).expression == made
    assert Asking.of(made.model_dump(by_alias=True)).expression == made
    assert isinstance(made, AllOf)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["all", "any", "not", "object", "said", "scene", "within_ms"]), inner
        ),
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_an_expression_or_refused(value: object) -> None:
    try:
        Asking.of(value)
    except InvalidRequestError:
        return


def test_leaves_know_their_place_and_their_reach() -> None:
    inner = {"all": [DOG, {"place": "beach"}, {"not": {"said": "no"}}], "within_ms": 7}
    tree = numbered(
        Asking.of({"all": [{"scene": True}, {"any": [inner, DOG]}], "within_ms": 5}).expression
    )
    assert [(each.place, each.reach_ms, each.is_negated) for each in tree.leaves] == [
        ("all[0]", 5, False),
        ("all[1].any[0].all[0]", 12, False),
        ("all[1].any[0].all[1]", 12, False),
        ("all[1].any[0].all[2].not", 12, True),
        ("all[1].any[1]", 5, False),
    ]
    assert set(tree.within_ms.values()) == {5, 7}


def test_a_search_begins_with_the_rarest_that_has_to_be_there() -> None:
    sizes = [Measure(films, spans, ("x",)) for films, spans in [(9, 99), (3, 30), (3, 20), (1, 1)]]
    many = Measure(None, None, None)
    leaf = [LeafTerm(each) for each in range(5)]
    assert rarest(leaf[3], sizes) == (3,)
    assert rarest(AllTerm((leaf[0], leaf[1], leaf[2]), (leaf[3],), None), sizes) == (2,)
    assert rarest(AnyTerm((leaf[0], leaf[3])), sizes) == (0, 3)
    assert rarest(AllTerm((leaf[0], AnyTerm((leaf[2], leaf[3]))), (), 0), sizes) == (2, 3)
    assert rarest(AllTerm((leaf[4], leaf[0]), (), 0), [*sizes, many]) == (0,)


def test_after_the_first_leaf_those_with_few_spans_in_a_film_are_read_first() -> None:
    sizes = [
        Measure(100, 30_000, ("person",)),
        Measure(120, 600, ("street",)),
        Measure(9, 900, ("dog",)),
        Measure(None, None, None),
    ]
    leaf = [LeafTerm(each) for each in range(4)]
    nested = AllTerm((leaf[0], AllTerm((leaf[1], leaf[2]), (), None)), (leaf[3],), 0)
    assert steps_of(nested, sizes) == ((2,), (1,), (0,))
    with_any = AllTerm((leaf[0], leaf[2], AnyTerm((leaf[1], leaf[3]))), (), None)
    assert steps_of(with_any, sizes) == ((2,), (1, 3), (0,))
