"""What a search takes: as parameters of a URL, or by the same names in a JSON body."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from rushes.search.query.tree import Scope
from rushes.search.request import (
    FACETS,
    MAX_DEPTH,
    MAX_LIMIT,
    Filters,
    Mode,
    SearchRequest,
    Sort,
    Span,
)
from rushes.search.requirements import facet_names

_LISTS: Final = {
    "library": "libraries",
    "video_id": "asset_ids",
    "language": "languages",
    "object": "objects",
    "place": "places",
    "person": "people",
    "profile": "profiles",
    "producer": "producers",
}
"""Parameter -> filter of several values."""
_SPANS: Final = ("scene_duration_ms", "film_duration_ms", "width", "height")
_SINGLE: Final = (
    *("has_speech", "has_text", "has_face", "is_favorite", "offline_ready", "preview_ready"),
    *("playable", "searchable", "captured_from", "captured_to"),
)
_EXAMPLES: Final[list[Any]] = [
    {"q": "dog", "library": ["films"], "facets": ["person", "place"], "limit": 20},
    {"q": "a walk by the sea -rain", "mode": "hybrid", "limit": 20},
    {"q": '"good dog" -cat', "source": "transcript", "person": ["Ada"], "has_face": True},
]


class SearchParameters(BaseModel):
    """A text, filters that must all hold, an order and a page."""

    # A filter that is not known, and so not applied, would show what it should keep out.
    model_config = ConfigDict(extra="forbid")

    q: str = Field(
        default="",
        description='words, a "phrase", OR, NOT or -without, ( ), beginning*, said:word;'
        " absent: every scene that the filters let through",
        examples=["dog"],
    )
    mode: Mode = Field(
        default=Mode.TEXT,
        description="hybrid: also scenes that mean something like it in other words, or show it",
    )
    source: Scope = Field(default=Scope.ALL, description="which texts of a scene are searched")
    library: list[str] = Field(default=[], description="slug of a library", examples=[["films"]])
    video_id: list[str] = Field(
        default=[], description="asset_id of a film", examples=[["v01j9zq8w7kfx3"]]
    )
    language: list[str] = Field(
        default=[], description="that is spoken or written, two letters", examples=[["en"]]
    )
    object: list[str] = Field(default=[], description="label of an object", examples=[["dog"]])
    place: list[str] = Field(default=[], description="label of a place", examples=[["beach"]])
    person: list[str] = Field(default=[], description="name or cluster id", examples=[["Ada"]])
    profile: list[str] = Field(
        default=[], description="that the film was analysed with", examples=[["balanced"]]
    )
    producer: list[str] = Field(
        default=[], description="that something of the film is by", examples=[["faster-whisper"]]
    )
    has_speech: bool | None = Field(default=None, description="something is said")
    has_text: bool | None = Field(default=None, description="something is written on screen")
    has_face: bool | None = Field(default=None, description="somebody is seen")
    is_favorite: bool | None = Field(default=None, description="the scene or its film is marked")
    offline_ready: bool | None = Field(default=None, description="as of the film")
    preview_ready: bool | None = Field(default=None, description="as of the film")
    playable: bool | None = Field(default=None, description="as of the film")
    searchable: bool | None = Field(default=None, description="as of the film")
    captured_from: datetime | None = Field(
        default=None,
        description="captured then or later, with a time zone; leaves undated films out",
        examples=["2024-05-01T00:00:00Z"],
    )
    captured_to: datetime | None = Field(
        default=None,
        description="captured then or before, with a time zone; leaves undated films out",
        examples=["2024-05-31T23:59:59Z"],
    )
    min_scene_duration_ms: int | None = Field(
        default=None, ge=0, description="scenes at least this long", examples=[1000]
    )
    max_scene_duration_ms: int | None = Field(
        default=None, ge=0, description="scenes at most this long", examples=[60000]
    )
    min_film_duration_ms: int | None = Field(
        default=None, ge=0, description="films at least this long", examples=[60000]
    )
    max_film_duration_ms: int | None = Field(
        default=None, ge=0, description="films at most this long", examples=[7200000]
    )
    min_width: int | None = Field(
        default=None, ge=0, description="pixels of the picture, at least", examples=[1920]
    )
    max_width: int | None = Field(
        default=None, ge=0, description="pixels of the picture, at most", examples=[3840]
    )
    min_height: int | None = Field(
        default=None, ge=0, description="pixels of the picture, at least", examples=[1080]
    )
    max_height: int | None = Field(
        default=None, ge=0, description="pixels of the picture, at most", examples=[2160]
    )
    sort: Sort = Field(
        default=Sort.RELEVANCE,
        description="oldest and newest go by capture, then by time in the film; without a text"
        " relevance is oldest",
    )
    limit: int = Field(
        default=20, ge=1, le=MAX_LIMIT, description="how many at most", examples=[20]
    )
    offset: int = Field(
        default=0,
        ge=0,
        description=f"how many to leave out; with limit at most {MAX_DEPTH}",
        examples=[0],
    )
    facets: list[str] = Field(
        default=[],
        description=f"what to count in all hits, several by comma too: {', '.join(FACETS)}",
        examples=[["library", "person"]],
    )
    loosen: bool = Field(
        default=True,
        description="where nothing has the words, take parts of words, then any of the words",
    )

    def request(self) -> SearchRequest:
        """What is asked, unchecked."""
        return SearchRequest(
            text=self.q,
            scope=self.source,
            filters=self._filters(),
            sort=self.sort,
            limit=self.limit,
            offset=self.offset,
            facets=facet_names(self.facets),
            loosen=self.loosen,
            mode=self.mode,
        )

    def _filters(self) -> Filters:
        given: dict[str, Any] = {name: getattr(self, name) for name in _SINGLE}
        for name, field in _LISTS.items():
            given[field] = tuple(getattr(self, name))
        for name in _SPANS:
            given[name] = Span(getattr(self, f"min_{name}"), getattr(self, f"max_{name}"))
        return Filters(**given)


class SearchBody(SearchParameters):
    """The same as JSON, for filters that are too long for a URL."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": _EXAMPLES})
