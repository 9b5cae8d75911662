"""Which of several runs of a stage answers a question.

A request's own choice beats the film's stored policy, which beats the default, the newest. In all
modes only completed runs of the film's current content version are ever chosen; one that found
nothing counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on

from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType, ModelProfile
from rushes.db.tables import artifact_selections, asset, runs
from rushes.errors import InvalidRequestError


class SelectionMode(StrEnum):
    """How a run is chosen; `default` is `latest`."""

    DEFAULT = "default"
    LATEST = "latest"
    PROFILE = "profile"
    PINNED = "pinned"
    BEST_QUALITY = "best_quality"


@dataclass(frozen=True, slots=True)
class Selection:
    """A request's own choice. InvalidRequestError `bad_selection` where it lacks what it needs."""

    mode: SelectionMode
    preferred_profile: ModelProfile | None = None
    pinned_run_id: str | None = None

    def __post_init__(self) -> None:
        if self.mode is SelectionMode.PROFILE and self.preferred_profile is None:
            raise _lacks("profile", "preferred_profile")
        if self.mode is SelectionMode.PINNED and not self.pinned_run_id:
            raise _lacks("pinned", "pinned_run_id")


_RANKS = {
    ModelProfile.HIGH_QUALITY: 3,
    ModelProfile.BALANCED: 2,
    ModelProfile.FAST: 1,
    ModelProfile.NONE: 0,
}


def selected_runs(
    asset_id: str | None = None,
    stages: Sequence[str] | None = None,
    selection: Selection | None = None,
) -> Subquery:
    """The chosen run of each film and stage, as a subquery with all columns of `runs`.

    Without a `selection` each film's stored policy decides.
    """
    query = _current_completed()
    if asset_id is not None:
        query = query.where(runs.c.asset_id == asset_id)
    if stages is not None:
        query = query.where(runs.c.stage.in_(list(stages)))
    if selection is None:
        query, by_quality = _by_policy(query)
    else:
        query = query.where(_allowed(selection))
        by_quality = literal(selection.mode is SelectionMode.BEST_QUALITY)
    rank = case((by_quality, case(*_ranks(), else_=0)), else_=0)
    return (
        query.ext(distinct_on(runs.c.asset_id, runs.c.stage))
        .order_by(
            runs.c.asset_id,
            runs.c.stage,
            rank.desc(),
            runs.c.finished_at.desc(),
            runs.c.run_id.desc(),
        )
        .subquery("selected_runs")
    )


def selected_run_ids(
    connection: Connection,
    asset_id: str,
    artifact_type: ArtifactType | None = None,
    selection: Selection | None = None,
) -> list[str]:
    """The run ids that answer for a film, of one artifact type or of all."""
    stages = None if artifact_type is None else [STAGE_OF_TYPE[artifact_type]]
    chosen = selected_runs(asset_id, stages, selection)
    return list(connection.execute(select(chosen.c.run_id)).scalars())


def _current_completed() -> Select[tuple[object, ...]]:
    current = and_(
        asset.c.asset_id == runs.c.asset_id, asset.c.content_version == runs.c.content_version
    )
    return select(runs).join(asset, current).where(runs.c.status == "completed")


def _by_policy(
    query: Select[tuple[object, ...]],
) -> tuple[Select[tuple[object, ...]], ColumnElement[bool]]:
    """The query under each film's stored policy, and whether that goes by quality."""
    policy = artifact_selections
    stage_of_type = case(
        *((policy.c.artifact_type == kind.value, stage) for kind, stage in STAGE_OF_TYPE.items())
    )
    joined = query.outerjoin(
        policy, and_(policy.c.asset_id == runs.c.asset_id, stage_of_type == runs.c.stage)
    )
    mode = func.coalesce(policy.c.mode, SelectionMode.LATEST.value)
    allowed = or_(
        mode.not_in([SelectionMode.PROFILE.value, SelectionMode.PINNED.value]),
        and_(
            mode == SelectionMode.PROFILE.value,
            runs.c.model_profile == policy.c.preferred_profile,
        ),
        and_(mode == SelectionMode.PINNED.value, runs.c.run_id == policy.c.pinned_run_id),
    )
    return joined.where(allowed), mode == SelectionMode.BEST_QUALITY.value


def _allowed(selection: Selection) -> ColumnElement[bool]:
    if selection.mode is SelectionMode.PROFILE:
        return runs.c.model_profile == str(selection.preferred_profile)
    if selection.mode is SelectionMode.PINNED:
        return runs.c.run_id == selection.pinned_run_id
    return literal(True)


def _ranks() -> list[tuple[ColumnElement[bool], int]]:
    return [(runs.c.model_profile == profile.value, rank) for profile, rank in _RANKS.items()]


def _lacks(mode: str, field: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"selection {mode} needs {field}", code="bad_selection", remedy=f"give {field}"
    )
