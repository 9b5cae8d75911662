"""Which texts a text model reads at once: nothing lost, nothing cut unseen."""

from __future__ import annotations

from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from rushes.analysis.embeddings.passages import (
    Passage,
    SceneSpan,
    TimedWord,
    by_scene,
    spoken_in,
    written_in,
)
from rushes.analysis.embeddings.text_windows import WindowCutter

FILM = SceneSpan(3, 0, 100_000)


def tokens(text: str) -> int:
    """A token is four characters at most, words apart."""
    return sum(-(-len(word) // 4) for word in text.split())


def said(text: str, start_ms: int, *, each_ms: int = 100) -> Passage:
    words = tuple(
        TimedWord(word, start_ms + n * each_ms, start_ms + (n + 1) * each_ms)
        for n, word in enumerate(text.split())
    )
    return Passage(text, start_ms, start_ms + each_ms * max(1, len(words)), words)


alphabet = st.sampled_from("abcé漢 .!?。\n")
spoken = st.lists(
    st.tuples(st.text(alphabet, min_size=1, max_size=80), st.integers(0, 90_000), st.booleans()),
    max_size=12,
).map(
    lambda rows: [
        said(text, start) if timed else Passage(text, start, start + 500)
        for text, start, timed in sorted(rows, key=lambda row: row[1])
    ]
)


def letters(text: str) -> str:
    return "".join(text.split())


@given(spoken, st.integers(1, 30))
def test_every_letter_is_in_one_window_and_no_window_is_too_long(
    passages: list[Passage], limit: int
) -> None:
    windows = WindowCutter(tokens, limit).windows("transcript", FILM, passages)
    assert letters("".join(w.text for w in windows)) == letters("".join(p.text for p in passages))
    for window in windows:
        assert tokens(window.text) <= limit
        assert window.text == window.text.strip() != ""
        assert window.start_ms < window.end_ms
        assert any(window.start_ms >= p.start_ms for p in passages)
        assert any(window.end_ms <= p.end_ms for p in passages)
        assert window.scene_index == 3


def test_sentences_are_joined_while_they_fit() -> None:
    passages = [said("One two three.", 0), said("Four five.", 400), said("Six.", 900)]
    windows = WindowCutter(lambda text: len(text.split()), 5).windows("transcript", FILM, passages)
    assert [(w.text, w.start_ms, w.end_ms) for w in windows] == [
        ("One two three. Four five.", 0, 600),
        ("Six.", 900, 1000),
    ]


def test_a_long_sentence_is_cut_between_words_at_their_times() -> None:
    passage = said("one two three four five six seven", 1000)
    windows = WindowCutter(lambda text: len(text.split()), 3).windows("transcript", FILM, [passage])
    assert [(w.text, w.start_ms, w.end_ms) for w in windows] == [
        ("one two three", 1000, 1300),
        ("four five six", 1300, 1600),
        ("seven", 1600, 1700),
    ]


def test_a_long_passage_is_cut_at_the_end_of_a_sentence_where_there_is_one() -> None:
    passage = Passage("It rains. He goes out. She stays at home.", 0, 9000)
    windows = WindowCutter(lambda text: len(text.split()), 7).windows("ocr", FILM, [passage])
    assert [w.text for w in windows] == ["It rains. He goes out.", "She stays at home."]
    assert {(w.start_ms, w.end_ms) for w in windows} == {(0, 9000)}


def test_a_word_without_end_is_cut_between_letters() -> None:
    windows = WindowCutter(len, 4).windows("ocr", FILM, [Passage("漢字" * 5, 0, 10)])
    assert [w.text for w in windows] == ["漢字漢字", "漢字漢字", "漢字"]


def test_a_prefix_counts_and_is_part_of_the_text() -> None:
    passages = [said("aa bb", 0), said("cc", 300)]
    windows = WindowCutter(lambda t: len(t.split()), 3, prefix="passage: ").windows(
        "transcript", FILM, passages
    )
    assert [w.text for w in windows] == ["passage: aa bb", "passage: cc"]


@given(
    st.lists(st.integers(1, 3000), min_size=1, max_size=12),
    st.integers(0, 20_000),
    st.integers(1, 8000),
    st.integers(0, 1000),
)
def test_what_is_said_belongs_to_at_least_one_scene(
    lengths: list[int], start: int, length: int, least_ms: int
) -> None:
    scenes, at = [], 0
    for index, each in enumerate(lengths):
        scenes.append(SceneSpan(index, at, at + each))
        at += each
    passage = Passage("said", min(start, at - 1), min(start, at - 1) + length)
    scenes[-1] = SceneSpan(len(scenes) - 1, scenes[-1].start_ms, max(at, passage.end_ms))
    homes = [scene for scene in scenes if spoken_in(scene, [passage], least_ms)]
    assert homes
    assert all(s.start_ms < passage.end_ms and passage.start_ms < s.end_ms for s in homes)


@given(spoken, st.lists(st.integers(1, 30_000), max_size=8))
def test_every_scene_is_given_all_that_overlaps_it(
    passages: list[Passage], lengths: list[int]
) -> None:
    ends = list(accumulate(lengths))
    spans = pairwise([0, *ends])
    scenes = [SceneSpan(n, start, end) for n, (start, end) in enumerate(spans)]
    for scene, given_to_it in by_scene(scenes, passages):
        overlapping = [
            p for p in passages if p.start_ms < scene.end_ms and p.end_ms > scene.start_ms
        ]
        assert given_to_it == overlapping


def test_a_sentence_that_ends_just_behind_a_cut_is_not_the_next_scenes() -> None:
    passage = said("This was said before the cut.", 0, each_ms=200)
    before, behind = SceneSpan(0, 0, 1100), SceneSpan(1, 1100, 5000)
    assert spoken_in(before, [passage], 300) == [passage]
    assert spoken_in(behind, [passage], 300) == []
    assert spoken_in(SceneSpan(1, 600, 5000), [passage], 300) == [passage]


def test_a_line_is_read_once_a_scene_for_as_long_as_it_is_seen_there() -> None:
    lines = [Passage("EXIT", 0, 4000), Passage("Open", 500, 900), Passage(" exit", 6000, 9000)]
    assert written_in(SceneSpan(0, 0, 2000), lines) == [
        Passage("EXIT", 0, 2000),
        Passage("Open", 500, 900),
    ]
    assert written_in(SceneSpan(1, 2000, 8000), lines) == [Passage("EXIT", 2000, 8000)]
    assert written_in(SceneSpan(2, 9000, 9500), lines) == []
