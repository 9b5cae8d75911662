"""The moment of a hit: the tightest run of words that holds all that was marked."""

from __future__ import annotations

import html
import re
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from rushes.search.moment import MARK_END, MARK_START, mark_letters, moment, snippet

Words = list[dict[str, Any]]
Marks = list[tuple[int, int]]
"""First and last word of each mark."""

_TEXTS = st.sampled_from(["dog", "Dog", "a", "the", "dogs,", "walk", "été"])


def _words(*texts: str) -> Words:
    """One word a second, each half a second long."""
    return [
        {"text": text, "start_ms": 1000 * index, "end_ms": 1000 * index + 500}
        for index, text in enumerate(texts)
    ]


def _marked(words: Words, marks: Marks) -> str:
    parts = [str(word["text"]) for word in words]
    for first, last in marks:
        parts[first] = MARK_START + parts[first]
        parts[last] = parts[last] + MARK_END
    return " ".join(parts)


@st.composite
def _segments(draw: st.DrawFn) -> tuple[Words, Marks]:
    """Words that follow one another in time, and marks that do not overlap."""
    texts = draw(st.lists(_TEXTS, min_size=1, max_size=10))
    words, clock = [], draw(st.integers(0, 5000))
    for text in texts:
        start = clock + draw(st.integers(0, 900))
        clock = start + draw(st.integers(0, 900))
        words.append({"text": text, "start_ms": start, "end_ms": clock})
    marks, index = [], 0
    while index < len(words):
        if draw(st.booleans()):
            last = min(index + draw(st.integers(0, 2)), len(words) - 1)
            marks.append((index, last))
            index = last
        index += 1
    return words, marks


def _text(words: Words, mark: tuple[int, int]) -> str:
    return " ".join(word["text"] for word in words[mark[0] : mark[1] + 1]).casefold()


def _spans(words: Words, marks: Marks) -> list[tuple[int, int]]:
    """Every run of whole marks that holds each marked text, by trying all of them."""
    wanted = {_text(words, mark) for mark in marks}
    return [
        (words[marks[i][0]]["start_ms"], words[marks[j - 1][1]]["end_ms"])
        for i in range(len(marks))
        for j in range(i + 1, len(marks) + 1)
        if {_text(words, mark) for mark in marks[i:j]} == wanted
    ]


@given(_segments())
@example((_words("to", "be", "or", "not"), [(0, 2)]))
def test_the_moment_holds_every_marked_text_and_no_shorter_one_does(
    segment: tuple[Words, Marks],
) -> None:
    words, marks = segment
    start, end = moment(_marked(words, marks), words, 0, 99_999)
    if not marks:
        assert (start, end) == (0, 99_999)
        return
    possible = _spans(words, marks)
    shortest = min(max(last - first, 1) for first, last in possible)
    assert end - start == shortest
    assert (start, end) in {(first, max(last, first + 1)) for first, last in possible}


@given(_segments())
def test_the_moment_lies_within_the_words(segment: tuple[Words, Marks]) -> None:
    words, marks = segment
    if marks:
        start, end = moment(_marked(words, marks), words, 0, 99_999)
        assert words[0]["start_ms"] <= start < end <= max(words[-1]["end_ms"], start + 1)


def test_of_two_runs_the_tighter_one_is_the_moment() -> None:
    words = _words("dog", "and", "then", "cat", "dog")
    assert moment(_marked(words, [(0, 0), (3, 3), (4, 4)]), words, 0, 9000) == (3000, 4500)


def test_a_segment_without_words_is_its_own_moment() -> None:
    assert moment(f"{MARK_START}dog{MARK_END}", [], 40, 90) == (40, 90)


def test_a_mark_within_a_word_counts_as_the_word() -> None:
    words = _words("a", "well-known", "dog")
    marked = f"a well-{MARK_START}known{MARK_END} dog"
    assert moment(marked, words, 0, 9000) == (1000, 1500)


@given(st.text(), st.text(min_size=1, max_size=3))
def test_letters_are_marked_where_they_stand_and_nothing_is_lost(text: str, wanted: str) -> None:
    text, wanted = (re.sub(f"[{MARK_START}{MARK_END}]", "", each) for each in (text, wanted))
    marked = mark_letters(text, wanted or "x")
    assert marked.replace(MARK_START, "").replace(MARK_END, "") == text
    assert marked.count(MARK_START) == marked.count(MARK_END)
    assert (MARK_START in marked) or (wanted or "x") not in text


@given(st.text("<>&\"'ab/", max_size=20), st.text("<>&ab", min_size=1, max_size=5))
def test_a_snippet_is_html_with_marks_and_no_other_tag(text: str, hit: str) -> None:
    made = snippet(f"{text}{MARK_START}{hit}{MARK_END}{text}")
    assert re.findall("<[^>]*>", made) == ["<mark>", "</mark>"]
    assert html.unescape(re.sub("</?mark>", "", made)) == text + hit + text
