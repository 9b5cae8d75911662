"""Which filter goes with which kind."""

from __future__ import annotations

import pytest

from rushes.errors import InvalidRequestError
from rushes.navigation.kinds import Kind
from rushes.navigation.streams import fitting, kinds_of
from rushes.navigation.wanted import Wanted


def test_each_kind_gets_the_filters_that_go_with_it() -> None:
    asked = [Kind.SCENE, Kind.OBJECT, Kind.OCR, Kind.OCR]
    found = fitting(asked, label="dog", text="exit", min_confidence=0.5)
    assert found == [
        Wanted(Kind.SCENE),
        Wanted(Kind.OBJECT, label="dog", min_confidence=0.5),
        Wanted(Kind.OCR, text="exit", min_confidence=0.5),
    ]


@pytest.mark.parametrize(
    ("kinds", "filters"),
    [
        ([Kind.SCENE], {"label": "dog"}),
        ([Kind.OBJECT, Kind.PLACE], {"person": "Ada"}),
        ([Kind.PERSON, Kind.SCENE], {"text": "exit"}),
        ([Kind.SCENE], {"min_confidence": 0.5}),
    ],
)
def test_a_filter_that_goes_with_none_of_the_kinds_is_refused(
    kinds: list[Kind], filters: dict[str, str]
) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        fitting(kinds, **filters)  # type: ignore[arg-type]
    assert refused.value.code == "bad_filter"
    assert refused.value.remedy


def test_without_kinds_the_filters_say_what_is_meant() -> None:
    assert kinds_of() == [Kind.SCENE]
    assert kinds_of(label="dog") == [Kind.OBJECT, Kind.PLACE]
    assert kinds_of(person="Ada") == [Kind.PERSON]
    assert kinds_of(text="exit") == [Kind.TRANSCRIPT, Kind.OCR]
    assert kinds_of(label="dog", person="Ada") == [Kind.OBJECT, Kind.PLACE, Kind.PERSON]
