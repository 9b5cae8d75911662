"""Answers about runs and the profiles that they were made with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from rushes.api.answers.base import Answer


class RunAnswer(Answer):
    """One run of a stage on the film's current content."""

    run_id: str
    stage: str
    status: str = Field(description="running, completed or failed")
    origin: str = Field(description="analysed, imported or human")
    language: str | None = Field(description="of a run that speaks for one language only")
    model_profile: str
    producer: str
    producer_version: str
    config_hash: str
    input_hash: str
    content_version: int
    attempt: int
    started_at: datetime
    finished_at: datetime | None
    error_code: str | None
    error_text: str | None
    error_retryable: bool | None
    counts: dict[str, Any]
    timings: dict[str, float] = Field(description="seconds")
    selected: bool = Field(description="it answers by the stored policy")


class RunsAnswer(Answer):
    """A film's runs, newest first."""

    asset_id: str
    runs: list[RunAnswer]


class ProfileAnswer(Answer):
    """One profile that there are results of."""

    artifact_type: str
    model_profile: str
    runs: int = Field(description="completed ones")
    newest_run_id: str
    finished_at: datetime
    answers: bool = Field(description="a run of it is what the stored policy selects")


class ProfilesAnswer(Answer):
    """What `selection=profile` can choose from, by type, the newest first."""

    asset_id: str
    profiles: list[ProfileAnswer]
