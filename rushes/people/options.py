"""What counts as the same face. A library may set its own in `settings` under `people`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rushes.errors import ConfigurationError

OPTIONS_SETTING = "people"


class ClusteringOptions(BaseModel):
    """Thresholds of the clustering. Similarities are mean cosines, overlaps are IoU, both 0..1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: float = Field(
        default=0.40,
        gt=0,
        lt=1,
        description="Faces this alike are one person. SFace's authors give 0.363 for a pair of"
        " faces; a wrong join is harder to see than a missing one, so it is a little more here.",
    )
    min_quality: float = Field(
        default=0.3, ge=0, le=1, description="a face below it belongs to nobody"
    )
    min_founding_quality: float = Field(
        default=0.45,
        ge=0,
        le=1,
        description="of a film's best face of a person that nobody knew; below it nobody is"
        " founded, so that blurs in the background are no people",
    )
    exemplars_compared: int = Field(
        default=3,
        ge=1,
        description="the mean of so many best ones counts, so no single face chains",
    )
    exemplars_kept: int = Field(default=16, ge=1, description="of a cluster and space")
    exemplars_added: int = Field(default=3, ge=1, description="by one film at most")
    track_similarity: float = Field(
        default=0.30, ge=0, le=1, description="of neighbouring faces at one place: no cut between"
    )
    track_overlap: float = Field(default=0.3, gt=0, le=1)
    track_gap_ms: int = Field(default=2500, ge=0)
    anchor_overlap: float = Field(
        default=0.5, gt=0, le=1, description="with a face of an earlier run: it is the same face"
    )
    anchor_gap_ms: int = Field(default=600, ge=0)


def options_of(settings: Mapping[str, Any]) -> ClusteringOptions:
    """The options of a library with these settings. ConfigurationError names what is wrong."""
    try:
        return ClusteringOptions.model_validate(settings.get(OPTIONS_SETTING) or {})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in (OPTIONS_SETTING, *first["loc"]))
        raise ConfigurationError(f"library setting {where}: {first['msg']}") from error
