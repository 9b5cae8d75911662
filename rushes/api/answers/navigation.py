"""Answers about moments to go to."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field

from rushes.api.answers.base import Answer
from rushes.api.answers.find import Span
from rushes.navigation.found import Jump
from rushes.navigation.jump import Appearances
from rushes.navigation.kinds import Kind
from rushes.navigation.library_jump import FilmJump, FilmJumps


class JumpAnswer(Answer):
    """Where to go, and what the answer rests on."""

    video_id: str
    jump_to: Span
    artifact_ids: list[str] = Field(description="in order; of an appearance all that it joins")
    cursor: str = Field(description="of this place: the walk goes on from here, in both directions")
    kind: Kind
    value: str = Field(description="label, text, cluster id of a person, or number of a scene")
    name: str | None = Field(description="of a person, where somebody gave one")
    confidence: float | None = Field(description="0..1; of an appearance the best; null: unknown")
    run_id: str
    producer: str
    producer_version: str
    model_profile: str
    origin: str = Field(description="analysed, imported or human")

    @classmethod
    def of(cls, jump: Jump) -> Self:
        """From what the service found."""
        return cls.model_validate(_values(jump))


class FilmJumpAnswer(JumpAnswer):
    """The same with the film that it is in."""

    path: str
    library: str
    library_status: str
    volume_label: str | None = Field(description="the drive to attach, where it is offline")
    capture_time: datetime | None = Field(description="null: undated, and last in the order")

    @classmethod
    def in_film(cls, found: FilmJump) -> Self:
        """From what the service found."""
        return cls.model_validate(
            {
                **_values(found.jump),
                "path": found.path,
                "library": found.library,
                "library_status": found.library_status,
                "volume_label": found.volume_label,
                "capture_time": found.capture_time,
            }
        )


class AppearancesAnswer(Answer):
    """Appearances in order of (start, first artifact_id)."""

    video_id: str
    appearances: list[JumpAnswer]
    has_more: bool
    cursor: str | None = Field(description="of the next page; null on the last")

    @classmethod
    def of(cls, found: Appearances) -> Self:
        """From what the service found."""
        return cls(
            video_id=found.video_id,
            appearances=[JumpAnswer.of(each) for each in found.appearances],
            has_more=found.has_more,
            cursor=found.cursor,
        )


class LibraryJumpAnswer(Answer):
    """Moments in the order of the walk."""

    results: list[FilmJumpAnswer]
    has_more: bool
    cursor: str | None = Field(description="of the next page; null on the last")

    @classmethod
    def of(cls, found: FilmJumps) -> Self:
        """From what the service found."""
        return cls(
            results=[FilmJumpAnswer.in_film(each) for each in found.results],
            has_more=found.has_more,
            cursor=found.cursor,
        )


def _values(jump: Jump) -> dict[str, object]:
    return {
        "video_id": jump.video_id,
        "jump_to": Span(start_ms=jump.start_ms, end_ms=jump.end_ms),
        "artifact_ids": list(jump.artifact_ids),
        "cursor": jump.cursor,
        "kind": jump.kind,
        "value": jump.value,
        "name": jump.name,
        "confidence": jump.confidence,
        "run_id": jump.run_id,
        "producer": jump.producer,
        "producer_version": jump.producer_version,
        "model_profile": jump.model_profile,
        "origin": jump.origin,
    }
