"""Answers of a search, for the document: they are written without these (see `search.plain`)."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from rushes.api.answers.base import Answer
from rushes.search.request import FoundBy, Matched, Mode, SearchSource

_SOURCE = (
    "transcript: it was said; ocr: it is written on screen; object, place, person or path;"
    " image: it is seen"
)


class EvidenceAnswer(Answer):
    """A moment of a scene that shows why it answers."""

    source: str = Field(description=_SOURCE)
    start_ms: int = Field(description="when the words were said, or first stand on screen")
    end_ms: int
    segment_start_ms: int = Field(description="of all that was said with them")
    segment_end_ms: int
    text: str
    snippet: str = Field(description="HTML-escaped, <mark> around what was hit")
    artifact_id: str | None
    run_id: str | None
    origin: str | None = Field(description="analysed, imported or human")
    producer: str | None
    model_profile: str | None


class ReasonAnswer(Answer):
    """A list that a hit of a hybrid search is in; all but `by` and `rank` is of meaning only."""

    by: FoundBy = Field(description="text: it has the words; meaning: it means something like it")
    rank: int | None = Field(
        description="its place in that list, from 1; of text null where hits go by time"
    )
    score: float | None = Field(default=None, description="cosine, compares within one space only")
    space: str | None = Field(default=None, description="the vector space that was asked")
    artifact_id: str | None = Field(default=None, description="what is nearest in the scene")
    start_ms: int | None = Field(default=None, description="when that is")
    end_ms: int | None = None


class HitAnswer(Answer):
    """A scene that answers, with the best moment in it.

    What its best evidence says stands beside the scene too, and is null where there is none.
    """

    doc_id: str
    asset_id: str
    scene_id: str | None = Field(description="null: what of a film lies in no scene")
    scene_index: int | None = Field(description="from 0")
    scene_start_ms: int
    scene_end_ms: int
    start_ms: int = Field(description="of the best moment; without evidence of the scene")
    end_ms: int
    library: str
    path: str
    capture_time: datetime | None
    film_duration_ms: int | None
    is_favorite: bool = Field(description="the scene, or its film")
    playable: bool
    preview_ready: bool
    offline_ready: bool
    library_status: str = Field(description="online or offline")
    volume_label: str | None = Field(description="the drive to attach, where it is offline")
    source: str | None = Field(description=_SOURCE)
    kind: str | None = Field(description="the same as source")
    text: str | None
    snippet: str | None = Field(description="HTML-escaped, <mark> around what was hit")
    artifact_id: str | None
    run_id: str | None
    segment_start_ms: int | None
    segment_end_ms: int | None
    origin: str | None = Field(description="analysed, imported or human")
    producer: str | None
    model_profile: str | None
    evidence: list[EvidenceAnswer] = Field(description="the best first; none without a text")
    reasons: list[ReasonAnswer] = Field(
        description="why it is there; empty in a search by text, where all are by their words"
    )


class FacetAnswer(Answer):
    """A value, and how many of all hits have it."""

    value: str = Field(description="what the filter of that name takes")
    label: str = Field(description="of a person the name, where somebody gave one")
    count: int


class MissingAnswer(Answer):
    """What could not be asked."""

    what: str
    why: str


class SearchAnswerModel(Answer):
    """One page of scenes in the order that was asked for."""

    query: str
    search_source: SearchSource = Field(description="the engine that answered")
    mode: Mode = Field(
        description="what the hits were found by; text where nothing could be asked by meaning"
    )
    matched: Matched = Field(
        description="of hits by text. words: each has them all; where none does, letters: as parts"
        " of words; at last any_word"
    )
    total: int = Field(
        description="hits on all pages: what has the words, and what was found by meaning alone"
    )
    is_approximate: bool = Field(description="there may be more than total says")
    took_ms: float
    hits: list[HitAnswer]
    facets: dict[str, list[FacetAnswer]] = Field(
        description="of each facet that was asked for its values, those of most hits first"
    )
    missing: list[MissingAnswer] = Field(description="empty where everything could be asked")
