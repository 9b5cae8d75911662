"""What is asked: kinds of questions, each as a person asks it and in tantivy's own language."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rushes.search.request import Filters, SearchRequest
from scripts.benchmarks.navigation_payloads import made_up_words
from scripts.benchmarks.search_films import COMMON_WORD, LIBRARIES, VERY_COMMON_WORD

FACETS: Final = ("library", "language", "object", "place", "person", "has_speech", "has_face")
HITS: Final = 20
_NO_FILTERS = Filters()
_COMMON_RANKS, _RARE_RANKS = slice(0, 10), slice(15_000, 20_000)
"""Of the words by frequency: one of the first is in each tenth scene or more, a rare one in ten."""


@dataclass(frozen=True, slots=True)
class Question:
    """`bare`: the same in tantivy's own language, words in the field `text`."""

    text: str
    bare: str
    filters: Filters = _NO_FILTERS

    @property
    def request(self) -> SearchRequest:
        return SearchRequest(self.text, filters=self.filters, limit=HITS, facets=FACETS)

    @property
    def parameters(self) -> dict[str, str | list[str]]:
        """Of `/v1/search`."""
        chosen = {"library": self.filters.libraries, "object": self.filters.objects}
        return {
            "q": self.text,
            "limit": str(HITS),
            "facets": list(FACETS),
            **{name: list(values) for name, values in chosen.items() if values},
            **({"has_face": "true"} if self.filters.has_face else {}),
        }


class Words:
    """Words by how often they are said, and sentences that were said."""

    def __init__(self, sentences: Sequence[str], chance: random.Random) -> None:
        made = made_up_words(random.Random(1))
        self._common = [*made[_COMMON_RANKS], VERY_COMMON_WORD, COMMON_WORD]
        self._rare = made[_RARE_RANKS]
        self._sentences = sentences
        self._chance = chance

    def rare(self) -> str:
        """One that was said somewhere."""
        wanted, chance = set(self._rare), self._chance
        while True:
            if said := wanted.intersection(chance.choice(self._sentences).split()):
                return min(said)

    def common(self) -> str:
        return self._chance.choice(self._common)

    def phrase(self) -> str:
        """Two words that follow one another somewhere."""
        words = self._chance.choice(self._sentences).split()
        first = self._chance.randrange(len(words) - 1)
        return " ".join(words[first : first + 2])


def _rare(words: Words) -> Question:
    word = words.rare()
    return Question(word, word)


def _common(words: Words) -> Question:
    word = words.common()
    return Question(word, word)


def _two(words: Words) -> Question:
    both = f"{words.common()} {words.common()}"
    return Question(both, both)


def _phrase(words: Words) -> Question:
    phrase = f'"{words.phrase()}"'
    return Question(phrase, phrase)


def _filtered(words: Words) -> Question:
    word = words.common()
    filters = Filters(libraries=LIBRARIES[:1], objects=("car",), has_face=True)
    bare = f"{word} library_slug:{LIBRARIES[0]} objects:car has_face:true"
    return Question(word, bare, filters)


KINDS: Final[dict[str, Callable[[Words], Question]]] = {
    "rare word": _rare,
    "common word": _common,
    "two words": _two,
    "phrase": _phrase,
    "filtered": _filtered,
}


def asked(sentences: Sequence[str], times: int, seed: int) -> list[tuple[str, Question]]:
    """So many of each kind, in turn; the same for one seed."""
    words = Words(sentences, random.Random(seed))
    return [(kind, make(words)) for _ in range(times) for kind, make in KINDS.items()]
