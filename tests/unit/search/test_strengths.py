"""How far a query may be loosened."""

from __future__ import annotations

import pytest

from rushes.search.text_query import Strength, strengths


@pytest.mark.parametrize("text", ["married -amiable", '-"more amiable" he', "-x"])
def test_a_text_that_excludes_a_word_is_not_loosened(text: str) -> None:
    assert Strength.ANY_WORD not in strengths(text, any_word=True)


@pytest.mark.parametrize("text", ["well-known fact", "rock - roll", '"a phrase"', "one two"])
def test_any_other_text_is_loosened_last(text: str) -> None:
    assert strengths(text, any_word=True) == tuple(Strength)


def test_a_search_within_a_film_is_never_loosened() -> None:
    assert Strength.ANY_WORD not in strengths("one two", any_word=False)
