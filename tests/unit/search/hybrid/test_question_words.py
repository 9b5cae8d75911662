"""What of a question is embedded."""

from __future__ import annotations

import random

import pytest

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.search.hybrid.question_words import question_words
from rushes.search.query.tree import Scope
from tests.unit.search.query.query_texts import HOSTILE, random_text


def _text(question: str, scope: Scope = Scope.ALL) -> str | None:
    words = question_words(question, scope)
    return None if words is None else words.text


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("a walk by the sea", "a walk by the sea"),
        ('a "walk by the sea" -rain', "a walk by the sea"),
        ("dog OR cat AND mouse", "dog cat mouse"),
        ("dog NOT cat NOT NOT mouse", "dog mouse"),
        ("dog -(cat OR -mouse) bird", "dog mouse bird"),
        ("NOT (cat -(dog))", "dog"),
        ("gard* said:sun written:(no entry)", "gard sun no entry"),
        ("dog person:Ada place:beach library:here language:en file:trip", "dog"),
        ("object:(dog OR said:cat)", "cat"),
        ("it's 5\" OR", "it's 5\" OR"),
        ("-dog", None),
        ("person:Ada", None),
        ("", None),
        ("?!", None),
        ("\0", None),
    ],
)
def test_the_words_that_are_asked_for_without_signs(question: str, text: str | None) -> None:
    assert _text(question) == text


@pytest.mark.parametrize("scope", [Scope.OBJECT, Scope.PLACE, Scope.PERSON, Scope.PATH])
def test_names_mean_nothing_else(scope: Scope) -> None:
    assert _text("dog", scope) is None
    assert _text("dog said:cat", scope) == "cat"


def test_what_is_asked_of_speech_is_not_asked_of_pictures() -> None:
    spoken = question_words("said:dog", Scope.ALL)
    assert spoken is not None
    assert (spoken.sources, spoken.kinds) == (["transcript"], (EmbeddingKind.TEXT,))
    anywhere = question_words("said:dog written:cat mouse", Scope.ALL)
    assert anywhere is not None
    assert anywhere.sources is None
    assert EmbeddingKind.IMAGE in anywhere.kinds


def test_any_text_has_words_or_none() -> None:
    source = random.Random(7)
    for text in (*HOSTILE, *(random_text(source) for _ in range(300))):
        words = question_words(text[:2000], Scope.ALL)
        assert words is None or words.text
