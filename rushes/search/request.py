"""What is asked of search and what it answers, whichever engine does it. Times in ms."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from rushes.search.query.tree import Scope

MAX_DEPTH: Final = 10_000
"""The deepest hit that can be paged to: offset and limit together."""
MAX_LIMIT: Final = 1000
FACETS: Final = (
    "library",
    "language",
    "object",
    "place",
    "person",
    "has_speech",
    "has_text",
    "has_face",
    "is_favorite",
    "offline_ready",
    "preview_ready",
    "playable",
    "searchable",
    "profile",
    "producer",
)
"""Each is the name of a filter too."""
FACET_VALUES: Final = 50
"""Of one facet at most, those with most scenes."""


class Mode(StrEnum):
    """What scenes are found by."""

    TEXT = "text"
    HYBRID = "hybrid"
    """By the words, and by what they mean: also what is said in other words, or seen."""


class Sort(StrEnum):
    """In which order hits come."""

    RELEVANCE = "relevance"
    OLDEST = "oldest"
    """By capture, then by time in the film; undated films last."""
    NEWEST = "newest"
    """The other way round; undated films first."""


class SearchSource(StrEnum):
    """Which engine answered."""

    QUICKWIT = "quickwit"
    POSTGRES = "postgres"


class Matched(StrEnum):
    """How closely hits follow the text."""

    WORDS = "words"
    LETTERS = "letters"
    """Nothing has the words; these have words that they are a part of."""
    ANY_WORD = "any_word"
    """Nothing has all of the words; these have some."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `least` to `most`, both included; None: open."""

    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """Each given one must hold; of several values of one field one is enough.

    `people`: cluster ids or names. `captured_from` and `captured_to` leave undated films out.
    """

    libraries: tuple[str, ...] = ()
    asset_ids: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    producers: tuple[str, ...] = ()
    has_speech: bool | None = None
    has_text: bool | None = None
    has_face: bool | None = None
    is_favorite: bool | None = None
    offline_ready: bool | None = None
    preview_ready: bool | None = None
    playable: bool | None = None
    searchable: bool | None = None
    captured_from: datetime | None = None
    captured_to: datetime | None = None
    scene_duration_ms: Span = Span()
    film_duration_ms: Span = Span()
    width: Span = Span()
    height: Span = Span()


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """An empty `text` asks for every scene that the filters let through."""

    text: str = ""
    scope: Scope = Scope.ALL
    filters: Filters = Filters()
    sort: Sort = Sort.RELEVANCE
    limit: int = 20
    offset: int = 0
    facets: tuple[str, ...] = ()
    loosen: bool = True
    """Where nothing has the words, let answer what has parts of them or some of them."""
    mode: Mode = Mode.TEXT


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where in a hit the query was found. `snippet` is HTML with `<mark>`; times of the moment.

    What was found by meaning has no `<mark>`, a picture no text either.
    """

    source: str
    """transcript, ocr, object, place, person, path or image."""
    artifact_id: str | None
    run_id: str | None
    start_ms: int
    end_ms: int
    segment_start_ms: int
    segment_end_ms: int
    text: str
    snippet: str
    origin: str | None
    producer: str | None
    model_profile: str | None


class FoundBy(StrEnum):
    """What brings a scene among the hits."""

    TEXT = "text"
    """It has the words."""
    MEANING = "meaning"
    """Something in it means what was asked for."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One list that a hit of a hybrid search is in.

    `rank`: its place there, from 1; of the text None where hits come in order of time. The rest is
    of what was found by meaning: the cosine in that vector space (`EmbeddingSpace.key`), and the
    moment that is nearest.
    """

    by: FoundBy
    rank: int | None
    score: float | None = None
    space: str | None = None
    artifact_id: str | None = None
    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A scene that answers, or a film's part outside of all scenes (`scene_id` None).

    `start_ms` and `end_ms`: the best moment in it; without evidence the scene's own span.
    `reasons`: of a hybrid search; in a text search all are there by their words, and none is said.
    """

    doc_id: str
    asset_id: str
    scene_id: str | None
    scene_index: int | None
    scene_start_ms: int
    scene_end_ms: int
    start_ms: int
    end_ms: int
    library: str
    path: str
    capture_time: datetime | None
    film_duration_ms: int | None
    is_favorite: bool
    playable: bool
    preview_ready: bool
    offline_ready: bool
    library_status: str
    volume_label: str | None
    evidence: tuple[Evidence, ...]
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class FacetValue:
    """How many of all hits have the value. Of a person `label` is the name, of others the value."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Missing:
    """What could not be asked, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """One page of hits. `total` is exact unless `is_approximate`, which then is the least.

    `total` counts the scenes that answer the text and, in a hybrid search, those found by meaning
    alone; so do `facets`. `mode`: what was really done; text where nothing could be asked by
    meaning.
    """

    query: str
    search_source: SearchSource
    matched: Matched
    total: int
    is_approximate: bool
    hits: list[SearchHit]
    facets: dict[str, list[FacetValue]]
    missing: list[Missing] = field(default_factory=list)
    took_ms: float = 0.0
    mode: Mode = Mode.TEXT
