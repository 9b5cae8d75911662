"""Answers about the vector indexes and their files."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from rushes.api.answers.base import Answer


class VectorFailureAnswer(Answer):
    """Something that went wrong with the files of an index."""

    event: str = Field(description="damaged or failed")
    generation: str | None
    detail: str
    happened_at: datetime


class SpaceAnswer(Answer):
    """What makes vectors comparable."""

    kind: str = Field(description="text, image or face")
    model: str
    model_version: str
    dimension: int = Field(description="values of a vector")


class SpaceStatusAnswer(Answer):
    """One index: its files, what came since, and what is due."""

    key: str = Field(examples=["text-wordllama-256-d504d1daf609"])
    space: SpaceAnswer | None = Field(description="null: a folder that no longer tells whose it is")
    embeddings: int = Field(description="vectors in Postgres; a search sees all of them")
    generation: str | None = Field(description="the files in use; null: none yet")
    index_type: str | None = Field(description="flat (all are compared) or ivf (cells)")
    count: int = Field(description="vectors in the files, deleted ones included")
    tombstones_in_files: int = Field(description="deleted ones when they were written")
    tombstones_since: int
    tombstone_ratio: float = Field(description="deleted ones of `count`, 0..1")
    delta: int = Field(description="vectors that came since and stand")
    behind_by: int = Field(description="changes since; a start replays them")
    bytes: int = Field(description="of all files")
    saved_at: datetime | None = Field(description="when the files were written")
    compacted: bool = Field(description="nothing that was deleted by then is in the files")
    recall_at_10: float | None = Field(description="against flat, measured when it was made")
    previous: list[str] = Field(description="older generations that are kept")
    failures: list[VectorFailureAnswer] = Field(description="the newest first")
    needs_rebuild: str | None = Field(
        description="missing, damaged, other_database, erased, tombstones or delta"
    )
    damage: str | None
    warnings: list[str]


class VectorsStatusAnswer(Answer):
    """Every space that has vectors, and every folder that is left of one."""

    save: str = Field(description="when files are saved: immediate, periodic or manual")
    spaces: list[SpaceStatusAnswer]


class VectorRunBody(BaseModel):
    """Which indexes are worked on, and why."""

    model_config = ConfigDict(extra="forbid")

    space: str | None = Field(
        default=None,
        max_length=200,
        description="`key` of the status; none: all",
        examples=["text-wordllama-256-d504d1daf609"],
    )
    reason: str = Field(
        default="asked for over HTTP",
        min_length=1,
        max_length=500,
        description="kept with the files",
    )


class VectorRunAnswer(Answer):
    """A run that is queued."""

    space: str
    run_id: str = Field(description="in Dagster")


class VectorRunsAnswer(Answer):
    """`in_flight`: spaces of the request that a run was queued for or at work on already."""

    runs: list[VectorRunAnswer]
    in_flight: list[str]
