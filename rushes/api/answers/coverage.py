"""Answers about what a film has by stage."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from rushes.api.answers.base import Answer
from rushes.artifacts.coverage import CoverageState
from rushes.artifacts.vocabulary import ModelProfile, Origin


class StageFaultAnswer(Answer):
    """The last try of the stage failed. What an earlier one found still answers."""

    code: str = Field(description="stable, for programs", examples=["truncated"])
    text: str
    retryable: bool = Field(description="whether another try may help by itself")
    run_id: str
    failed_at: datetime | None


class CoverageAnswer(Answer):
    """What one stage of one film answers with, by the stored selection."""

    state: CoverageState = Field(
        description="human: people corrected some of it; none: no completed run, see failure"
    )
    origins: list[Origin] = Field(description="analysed, imported, human: all that are in it")
    run_ids: list[str] = Field(description="that answer, the machine's before corrections")
    producer: str | None = Field(description="of the first run")
    model_profile: ModelProfile | None
    finished_at: datetime | None
    spans: int = Field(description="artifacts that answer; what a correction replaces is not one")
    failure: StageFaultAnswer | None


class StagesAnswer(Answer):
    """Every stage of a film, in the order in which they run."""

    video_id: str
    origins: list[Origin] = Field(description="of the film as a whole")
    stages: dict[str, CoverageAnswer]
