"""Answers about stored selections, and what a request stores."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from rushes.api.answers.base import Answer
from rushes.artifacts.selection import SelectionMode
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile


class SelectionAnswer(Answer):
    """Which run of a type's stage answers for a film where a request does not say."""

    artifact_type: ArtifactType
    mode: SelectionMode = Field(description="default where nothing is stored")
    preferred_profile: ModelProfile | None = Field(description="of the mode profile")
    pinned_run_id: str | None = Field(description="of the mode pinned; null: the run was deleted")
    updated_at: datetime | None = Field(description="null where nothing is stored")


class SelectionsAnswer(Answer):
    """The selection of every type, stored or not."""

    asset_id: str
    selections: list[SelectionAnswer]


class SelectionRequest(BaseModel):
    """What is to be stored; `default` forgets what is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"mode": "profile", "preferred_profile": "fast"}]},
    )

    mode: SelectionMode
    preferred_profile: ModelProfile | None = Field(
        default=None, description="needed by the mode profile"
    )
    pinned_run_id: str | None = Field(default=None, description="needed by the mode pinned")
