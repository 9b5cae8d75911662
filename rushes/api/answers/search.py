"""Answers of a search."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from rushes.api.answers.base import Answer
from rushes.search.sources import Source


class HitAnswer(Answer):
    """A moment that answers a search."""

    asset_id: str
    library: str
    path: str
    start_ms: int = Field(description="when the words were said, or first stand on screen")
    end_ms: int
    segment_start_ms: int
    segment_end_ms: int
    snippet: str = Field(description="HTML-escaped, <mark> around what was hit")
    text: str
    kind: str = Field(description="the same as source")
    source: Source = Field(description="transcript: it was said; ocr: it is written on screen")
    artifact_id: str
    run_id: str
    score: float
    producer: str
    model_profile: str
    origin: str
    library_status: str
    volume_label: str | None
    capture_time: datetime | None


class SearchAnswerModel(Answer):
    """Hits, best first."""

    query: str
    search_source: str = Field(description="the engine that answered")
    matched: str = Field(description="words, letters or any_word: how closely hits follow")
    took_ms: float
    hits: list[HitAnswer]
