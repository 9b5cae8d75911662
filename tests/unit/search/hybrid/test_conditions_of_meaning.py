"""What a scene that is found by meaning must have, and must not have."""

from __future__ import annotations

import random

import pytest

from rushes.search.hybrid.conditions import conditions
from rushes.search.query.matching import DocumentView, matches
from tests.unit.search.query.query_texts import ask

_WORDS = ("dog", "cat", "sea", "rain", "ada")
_SCENE = {
    "text": ["a dog by the sea"],
    "transcript": ["a dog by the sea"],
    "person_words": ["ada"],
    "languages": ["en"],
    "library_slug": "here",
}


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("hound", True),
        ("hound -cat", True),
        ("hound -dog", False),
        ('hound -"by the sea"', False),
        ("hound -(dog cat)", True),
        ("hound -(dog OR cat)", False),
        ("hound NOT NOT cat", True),
        ("hound -(cat -dog)", True),
        ("hound person:ada", True),
        ("hound person:bob", False),
        ("hound language:de", False),
        ("hound library:here", True),
        ("hound OR library:there", True),
        ("", True),
    ],
)
def test_words_may_be_others_but_what_is_excluded_and_names_hold(text: str, may: bool) -> None:
    assert matches(conditions(ask(text).node), DocumentView(_SCENE)) is may


def test_whatever_has_the_words_may_be_found_by_meaning() -> None:
    drawn, checked = random.Random(3), 0
    for _ in range(800):
        words = drawn.choices(_WORDS, k=drawn.randint(1, 5))
        signs = ("", "", "-", "NOT ", "person:", "said:", "-(", "(", "OR ")
        text = " ".join(f"{drawn.choice(signs)}{word}" for word in words)
        node = ask(text).node
        said = " ".join(drawn.sample(_WORDS, drawn.randint(0, 4)))
        scene = {"text": [said], "transcript": [said], "person_words": [drawn.choice(_WORDS)]}
        view = DocumentView(scene)
        if matches(node, view):
            checked += 1
            assert matches(conditions(node), view), text
    assert checked > 100
