"""A stream of words cut into stretches that an editor would call a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rushes.analysis.spoken_words import SpokenWord

_CLOSING: Final = "\"'”’»)]）」』"
_SENTENCE_ENDS: Final = (".", "!", "?", "…", "。", "！", "？", "؟", "।")
_CLAUSE_ENDS: Final = (",", ";", ":", "–", "—", "、", "，", "；", "：", "،")
_TITLES: Final = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "etc", "e.g", "i.e", "vol", "fig"}
    | {"gen", "col", "capt", "lt", "sgt", "rev", "hon"}
)
"""What a full stop shortens instead of ending."""


def split_into_sentences(
    words: Sequence[SpokenWord], *, longest_ms: int, pause_ms: int
) -> list[list[SpokenWord]]:
    """The words in stretches of at most `longest_ms`, none lost, in order.

    A stretch ends with a sentence, before a pause of `pause_ms` or more, and where the language
    changes. One that is still too long is cut after a clause, or else in its longest pause.
    """
    stretches: list[list[SpokenWord]] = []
    for word in words:
        if stretches and not _is_break(stretches[-1][-1], word, pause_ms):
            stretches[-1].append(word)
        else:
            stretches.append([word])
    return [part for stretch in stretches for part in _short_enough(stretch, longest_ms)]


def ends_sentence(text: str, next_text: str) -> bool:
    """Whether a sentence ends with `text`, given the word that follows."""
    bare = text.strip().rstrip(_CLOSING)
    if not bare.endswith(_SENTENCE_ENDS) or next_text.strip()[:1].islower():
        return False
    if not bare.endswith("."):
        return True
    stem = bare[:-1].lstrip("\"'“‘«([").lower()
    return stem not in _TITLES and not (len(stem) == 1 and stem.isalpha() and stem != "i")


def _is_break(last: SpokenWord, word: SpokenWord, pause_ms: int) -> bool:
    return (
        not (last.is_word and word.is_word)
        or last.language != word.language
        or word.start_ms - last.end_ms >= pause_ms
        or ends_sentence(last.text, word.text)
    )


def _short_enough(words: list[SpokenWord], longest_ms: int) -> list[list[SpokenWord]]:
    length = max(word.end_ms for word in words) - words[0].start_ms
    if length <= longest_ms or len(words) == 1:
        return [words]
    cut = _best_cut(words)
    return _short_enough(words[:cut], longest_ms) + _short_enough(words[cut:], longest_ms)


def _best_cut(words: list[SpokenWord]) -> int:
    """The index to cut before: after a clause before elsewhere, then the longest pause.

    Of equally good places the one nearest to the middle. The outer quarters come last, so that
    no scraps are left.
    """
    middle = len(words) / 2

    def worth(cut: int) -> tuple[bool, bool, int, float]:
        last, word = words[cut - 1], words[cut]
        central = len(words) / 4 <= cut <= 3 * len(words) / 4
        clause = last.text.strip().rstrip(_CLOSING).endswith(_CLAUSE_ENDS)
        return central, clause, word.start_ms - last.end_ms, -abs(cut - middle)

    return max(range(1, len(words)), key=worth)
