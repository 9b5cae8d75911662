"""Answers of a search by likeness, for the document: they are written without these."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from rushes.api.answers.base import Answer
from rushes.api.answers.search import MissingAnswer
from rushes.artifacts.vocabulary import EmbeddingKind


class LikenessAnswer(Answer):
    """A person that a face was put to."""

    cluster_id: str
    name: str | None = Field(description="null: nobody named them yet")


class SimilarHitAnswer(Answer):
    """One moment that is like what was asked."""

    embedding_id: str
    artifact_id: str
    artifact_type: str
    kind: EmbeddingKind
    space_key: str = Field(description="of the space it was found in")
    model: str
    score: float = Field(description="cosine, -1 to 1; of two models not to be compared")
    rank: int = Field(description="from 1, in its space")
    asset_id: str
    run_id: str
    start_ms: int
    end_ms: int
    scene_id: str | None = Field(description="null: the moment begins in no scene")
    scene_index: int | None = Field(description="from 0")
    scene_start_ms: int | None
    scene_end_ms: int | None
    others: int = Field(description="further moments of the same scene above the cut-off")
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
    source: str | None = Field(description="of a text: transcript or ocr")
    text: str | None = Field(description="of a window of text, what it says")
    person: LikenessAnswer | None = Field(description="of a face; null where it is nobody's yet")
    origin: str = Field(description="analysed, imported or human")
    producer: str
    model_profile: str


class SearchedSpaceAnswer(Answer):
    """A space that was asked: vectors of one model, which can be compared."""

    key: str
    kind: EmbeddingKind
    model: str
    model_version: str
    vectors: int = Field(description="that the space holds")
    cut_off: float = Field(description="the least cosine of a hit")
    is_exact: bool = Field(description="all vectors were compared")
    recall_at_10: float = Field(description="as measured against comparing all, 0 to 1")


class AskedFaceAnswer(Answer):
    """A face of the picture that asked, in pixels of it as it was looked at."""

    x: float
    y: float
    width: float
    height: float
    quality: float = Field(description="how well it can be recognised, 0 to 1")
    is_asked: bool = Field(description="the one that was looked for; face_index chooses")


class SimilarAnswerModel(Answer):
    """One page, the best first."""

    hits: list[SimilarHitAnswer]
    has_more: bool = Field(
        description="there are hits above the cut-off behind it; or there may be, where too much"
        " had to be looked through, which missing then says"
    )
    spaces: list[SearchedSpaceAnswer] = Field(description="what was asked")
    missing: list[MissingAnswer] = Field(description="empty where everything could be asked")
    faces: list[AskedFaceAnswer] = Field(
        description="of a picture with kind=face, the best to recognise first"
    )
    took_ms: float
