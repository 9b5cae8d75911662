"""What a search by likeness takes: as parameters of a URL, or by the same names in a JSON body."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from rushes.api.parameters import clean_or_none
from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import EmbeddingKind, ModelProfile
from rushes.errors import InvalidRequestError
from rushes.similar.request import (
    MAX_DEPTH,
    MAX_LIMIT,
    Acquaintance,
    Collapse,
    SimilarFilters,
    SimilarRequest,
)

_LONGEST_MS: Final = 2**53 - 1
"""What every client can say exactly."""
_EXAMPLES: Final[list[Any]] = [
    {"text": "somebody walks a dog", "library": ["films"], "limit": 20},
    {"artifact_id": "a5f1c09d2b7e4", "kind": "image", "min_score": 0.6},
]


class SimilarParameters(BaseModel):
    """A question, filters that must all hold, and a page. The question is given in one way."""

    # A filter that is not known, and so not applied, would show what it should keep out.
    model_config = ConfigDict(extra="forbid")

    text: str | None = Field(
        default=None, description="what is meant, in words", examples=["somebody walks a dog"]
    )
    artifact_id: str | None = Field(
        default=None,
        description="more like this: a frame, a window of text, a face; of anything else what its"
        " span shows or says",
        examples=["a5f1c09d2b7e4"],
    )
    face: str | None = Field(
        default=None,
        description="whose faces: name or cluster id of a person, or artifact_id of a face",
        examples=["Ada"],
    )
    video_id: str | None = Field(
        default=None,
        description="asset_id of a film; with at_ms: the picture at that time",
        examples=["v01j9zq8w7kfx3"],
    )
    at_ms: int | None = Field(
        default=None, ge=0, le=_LONGEST_MS, description="of video_id", examples=[12000]
    )
    kind: EmbeddingKind | None = Field(
        default=None,
        description="what is compared; absent: whatever goes with the question, and of a picture"
        " the whole. face: a face of the picture",
    )
    face_index: int = Field(
        default=0, ge=0, le=1000, description="which face of a picture, the best to recognise is 0"
    )
    library: list[str] = Field(default=[], description="slug of a library", examples=[["films"]])
    film: list[str] = Field(
        default=[], description="asset_id of a film", examples=[["v01j9zq8w7kfx3"]]
    )
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
    start_ms: int | None = Field(
        default=None, ge=0, le=_LONGEST_MS, description="moments that end after", examples=[60000]
    )
    end_ms: int | None = Field(
        default=None,
        ge=0,
        le=_LONGEST_MS,
        description="moments that begin before",
        examples=[75000],
    )
    model_profile: list[str] = Field(
        default=[], description="that the moment was analysed with", examples=[["balanced"]]
    )
    source: list[str] = Field(
        default=[], description="of texts: transcript or ocr", examples=[["transcript"]]
    )
    is_favorite: bool | None = Field(default=None, description="the scene or its film is marked")
    playable: bool | None = Field(default=None, description="as of the film")
    people: Acquaintance = Field(
        default=Acquaintance.ANY,
        description="whose faces; unnamed: also those that belong to nobody yet",
    )
    selection: SelectionMode | None = Field(
        default=None, description="which runs answer; absent: what is stored"
    )
    profile: ModelProfile | None = Field(
        default=None, description="of selection=profile; alone it says that mode"
    )
    run_id: str | None = Field(
        default=None,
        description="of selection=pinned; alone it says that mode",
        examples=["r0123abcd4567"],
    )
    min_score: float | None = Field(
        default=None,
        ge=-1,
        le=1,
        allow_inf_nan=False,
        description="the cut-off, a cosine; absent: each space's own, as `spaces` says",
        examples=[0.5],
    )
    collapse: Collapse = Field(
        default=Collapse.SCENE, description="scene: of each its best moment; none: every moment"
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

    def request(self, image: bytes | None = None) -> SimilarRequest:
        """What is asked, unchecked; `image` in place of `video_id` and `at_ms`, which are read
        before."""
        return SimilarRequest(
            text=self.text,
            image=image,
            artifact_id=self.artifact_id,
            face=self.face,
            kind=self.kind,
            filters=self._filters(),
            selection=Selection.asked(self.selection, self.profile, clean_or_none(self.run_id)),
            min_score=self.min_score,
            collapse=self.collapse,
            limit=self.limit,
            offset=self.offset,
        )

    def place(self) -> tuple[str, int] | None:
        """The film and time whose picture asks. InvalidRequestError `one_question` for half."""
        if self.video_id is None and self.at_ms is None:
            return None
        if self.video_id is None or self.at_ms is None:
            raise InvalidRequestError(
                "video_id and at_ms go together",
                code="one_question",
                remedy="give both; a filter for films is called film",
            )
        return clean_or_none(self.video_id) or "", self.at_ms

    def _filters(self) -> SimilarFilters:
        return SimilarFilters(
            libraries=tuple(self.library),
            asset_ids=tuple(self.film),
            captured_from=self.captured_from,
            captured_to=self.captured_to,
            start_ms=self.start_ms,
            end_ms=self.end_ms,
            profiles=tuple(self.model_profile),
            sources=tuple(self.source),
            is_favorite=self.is_favorite,
            playable=self.playable,
            people=self.people,
        )


class SimilarBody(SimilarParameters):
    """The same as JSON, for what is too long for a URL."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": _EXAMPLES})
