"""Where a stream of words is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.analysis.sentences import ends_sentence, split_into_sentences
from rushes.analysis.spoken_words import SpokenWord


def stream(text: str, *, each_ms: int = 300, pauses: dict[int, int] | None = None):  # type: ignore[no-untyped-def]
    """Words of `text` one after the other; `pauses` maps an index to ms of silence before it."""
    words, now = [], 0
    for index, part in enumerate(text.split()):
        now += (pauses or {}).get(index, 0)
        words.append(SpokenWord(f" {part}", now, now + each_ms, 0.9, -0.1, 0.0, "en"))
        now += each_ms
    return words


def cut(words: list[SpokenWord], longest_ms: int = 15_000) -> list[str]:
    parts = split_into_sentences(words, longest_ms=longest_ms, pause_ms=1500)
    return ["".join(word.text for word in part).strip() for part in parts]


@pytest.mark.parametrize(
    ("text", "following", "ends"),
    [
        ("there.", "She", True),
        ("there?", "she", False),
        ("Mr.", "Dashwood", False),
        ("(Dr.", "Who", False),
        ("J.", "Smith", False),
        ("I.", "You", True),
        ('said."', "He", True),
        ("3.", "Then", True),
        ("No.", "Never", True),
        ("e.g.", "Paris", False),
        ("好。", "你", True),
        ("there,", "She", False),
    ],
)
def test_a_sentence_ends_at_its_stop_but_not_at_a_title(
    text: str, following: str, ends: bool
) -> None:
    assert ends_sentence(text, following) is ends


def test_a_long_pause_ends_a_stretch_without_a_stop() -> None:
    assert cut(stream("well then I suppose", pauses={2: 1500})) == ["well then", "I suppose"]


def test_a_long_sentence_is_cut_after_a_clause_rather_than_in_a_pause() -> None:
    words = stream("one two three four five, six seven eight nine ten", pauses={6: 200})
    assert cut(words, longest_ms=2500) == ["one two three four five,", "six seven eight nine ten"]


def test_a_long_sentence_without_clauses_is_cut_in_its_longest_pause() -> None:
    words = stream("one two three four five six seven eight", pauses={3: 100, 5: 400})
    assert cut(words, longest_ms=2000) == ["one two three four five", "six seven eight"]


@given(
    st.lists(st.sampled_from(["a", "b,", "C.", "Mr.", "d?"]), max_size=60),
    st.lists(st.integers(0, 3000), min_size=60, max_size=60),
    st.integers(400, 20_000),
)
def test_no_word_is_lost_and_none_stretch_is_too_long(
    parts: list[str], pauses: list[int], longest_ms: int
) -> None:
    words = stream(" ".join(parts), pauses=dict(enumerate(pauses)))
    stretches = split_into_sentences(words, longest_ms=longest_ms, pause_ms=1500)
    assert [word for stretch in stretches for word in stretch] == words
    assert all(s[-1].end_ms - s[0].start_ms <= longest_ms for s in stretches)
