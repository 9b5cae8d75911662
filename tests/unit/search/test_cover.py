"""A document that matches holds one leaf of each group."""

from __future__ import annotations

from rushes.search.cover import groups
from rushes.search.query.tree import All, Any, Field, Not, Phrase, Preferred, Range

_A, _B, _C = Phrase(("a",)), Phrase(("b",)), Phrase(("c",))
_DOG = Field("objects", ("dog",))


def test_of_all_each_is_needed() -> None:
    assert groups(All((_A, _B, _DOG))) == [(_A,), (_B,), (_DOG,)]


def test_of_any_one_is() -> None:
    assert groups(Any((_A, _B))) == [(_A, _B)]
    assert groups(Any((All((_A, _B)), _C))) == [(_A, _C)]


def test_of_what_is_excluded_nothing_is() -> None:
    assert groups(All((_A, Not(_B)))) == [(_A,)]
    assert groups(Not(_A)) == []
    assert groups(Any((_A, Not(_B)))) == []


def test_nothing_matches_any_of_nothing() -> None:
    assert groups(Any(())) == [()]


def test_what_is_only_preferred_is_not_needed() -> None:
    assert groups(Preferred(_A, _B)) == [(_A,)]


def test_other_fields_and_ranges_say_nothing_of_rows() -> None:
    assert groups(All((Field("has_speech", (True,)), Range("width", 1, None)))) == []
