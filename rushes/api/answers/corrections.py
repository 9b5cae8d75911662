"""Corrections by people: what is sent, and what is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from rushes.api.answers.base import Answer
from rushes.artifacts.corrections import MAX_ITEMS
from rushes.artifacts.schemas import Milliseconds
from rushes.artifacts.vocabulary import ArtifactType


class CorrectionItemBody(BaseModel):
    """What stands in [start_ms, end_ms)."""

    model_config = ConfigDict(extra="forbid")

    start_ms: Milliseconds
    end_ms: Milliseconds
    payload: dict[str, Any] = Field(
        description="of the type's schema, as much as you want to say: text, label, language",
        examples=[{"text": "the garden of Ann Lee"}, {"label": "cat"}],
    )


class CorrectionBody(BaseModel):
    """One correction: several spans of one type."""

    model_config = ConfigDict(extra="forbid")

    type: ArtifactType
    items: Annotated[list[CorrectionItemBody], Field(min_length=1, max_length=MAX_ITEMS)]


class CorrectionMade(Answer):
    """A correction was written."""

    run_id: str = Field(description="withdraws it: DELETE /v1/corrections/{run_id}")


class CorrectedSpanAnswer(Answer):
    """One artifact of a correction."""

    artifact_id: str
    start_ms: int
    end_ms: int
    payload: dict[str, Any]
    replaces: list[str] = Field(description="artifact ids that it stands in for now")


class CorrectionAnswer(Answer):
    """One correction, which is one run."""

    run_id: str
    artifact_type: str
    made_at: datetime
    actor: str | None
    content_version: int
    answers: bool = Field(description="false: it is of earlier content of the film")
    items: list[CorrectedSpanAnswer]


class CorrectionsAnswer(Answer):
    """A film's corrections, newest first."""

    asset_id: str
    corrections: list[CorrectionAnswer]
