"""Answers about words in a film, and about what can be asked for."""

from __future__ import annotations

from pydantic import Field

from rushes.api.answers.base import Answer
from rushes.navigation.sources import Source
from rushes.navigation.text_query import Strength
from rushes.navigation.vocabulary import TermKind


class Span(Answer):
    """A stretch of a film, half-open."""

    start_ms: int = Field(description="ms from the first video frame")
    end_ms: int


class MatchAnswer(Answer):
    """A span that has what was asked for."""

    jump_to: Span = Field(description="the whole utterance, or as long as the text is on screen")
    words: Span = Field(description="when within it the words themselves are said, where known")
    artifact_id: str
    source: Source = Field(description="transcript: it was said; ocr: it is written on screen")
    snippet: str = Field(description="HTML-escaped, <mark> around what was hit")
    text: str
    run_id: str
    producer: str
    producer_version: str
    model_profile: str
    origin: str = Field(description="analysed, imported or human")


class FindAnswer(Answer):
    """Matches in the order of the direction."""

    video_id: str
    matched: Strength = Field(
        description="words: as words, inflected too; letters: no words matched, the letters did"
    )
    matches: list[MatchAnswer]
    has_more: bool
    cursor: str | None = Field(description="of the next page; null on the last one")


class TermAnswer(Answer):
    """A word that questions understand."""

    kind: TermKind
    label: str = Field(description="what to ask with; of a person the cluster id")
    name: str | None = Field(description="of a person, where somebody named it")
    films: int
    spans: int = Field(description="in how many spans of the answering runs it is found")


class VocabularyAnswer(Answer):
    """Terms by label; people by name, the unnamed last."""

    terms: list[TermAnswer]
    has_more: bool
    cursor: str | None
