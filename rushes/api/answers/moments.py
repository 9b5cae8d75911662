"""What is asked for moments, and what is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from rushes.api.answers.base import Answer
from rushes.artifacts.selection import SelectionMode
from rushes.artifacts.vocabulary import ModelProfile
from rushes.moments.expression import Expression
from rushes.moments.find import MAX_MOMENTS
from rushes.navigation.kinds import Kind

_EXAMPLES: Final[list[Any]] = [
    {
        "expression": {"all": [{"person": "Ann"}, {"written": "exit"}], "within_ms": 5000},
        "limit": 20,
    },
    {
        "expression": {
            "all": [
                {"place": "beach"},
                {"any": [{"object": "dog", "min_confidence": 0.5}, {"said": '"good dog"'}]},
                {"not": {"person": "Bob"}},
            ]
        },
        "library": "films",
    },
]


class MomentsBody(BaseModel):
    """What has to be there together, where to look, and by which runs."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": _EXAMPLES})

    expression: Expression = Field(
        description="a leaf (object, person, place, said, written or scene), or all, any, not"
    )
    library: str | None = Field(default=None, description="slug of a library")
    video_id: str | None = Field(default=None, description="only this film")
    selection: SelectionMode | None = Field(
        default=None, description="which runs answer; absent: what is stored"
    )
    profile: ModelProfile | None = Field(
        default=None, description="of selection=profile; alone it says that mode"
    )
    run_id: str | None = Field(
        default=None, description="of selection=pinned; alone it says that mode"
    )
    limit: int = Field(default=20, ge=1, le=MAX_MOMENTS, description="how many at most")
    cursor: str | None = Field(
        default=None, max_length=4000, description="`cursor` of the answer before"
    )


class EvidenceArtifact(Answer):
    """An artifact that a moment rests on."""

    artifact_id: str
    kind: Kind
    value: str = Field(description="label, text, person's id, or number of the scene")
    confidence: float | None = Field(description="null where it is kept with the artifact only")
    start_ms: int
    end_ms: int
    run_id: str
    producer: str
    model_profile: str
    origin: str = Field(description="analysed, imported or human")


class EvidenceAnswer(Answer):
    """What of one leaf lies in the moment, or no farther from it than the expression allows."""

    leaf: str = Field(description="where it stands in the expression", examples=["all[0]"])
    asked: dict[str, Any] = Field(description="the leaf", examples=[{"person": "Ann"}])
    found: int = Field(description="how many artifacts there are; the first few are named")
    artifacts: list[EvidenceArtifact]


class MomentAnswer(Answer):
    """A stretch of a film in which the expression holds, as long as it can be."""

    video_id: str
    library: str
    path: str
    capture_time: datetime | None
    start_ms: int = Field(description="ms from the first video frame")
    end_ms: int = Field(description="half-open")
    evidence: list[EvidenceAnswer] = Field(description="one for each leaf that no `not` is above")


class MomentsAnswer(Answer):
    """Moments in order of (capture time, video_id, start_ms), undated films last."""

    moments: list[MomentAnswer]
    has_more: bool
    cursor: str | None = Field(description="goes on after the last moment; null: there are no more")
