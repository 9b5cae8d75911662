"""Which of several runs of a stage answers a question.

A request's own choice beats the film's stored policy, which beats the default, the newest. In all
modes only completed runs of the film's current content version are ever chosen; one that found
nothing counts. What people corrected always answers, and stands in for the artifacts of its type
that it overlaps by more than half of the shorter span, whichever run is chosen.

The rule itself is the database's function `answering_runs`; what it says by stored policy is kept
in the table `current_runs` at every commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Subquery,
    TableValuedAlias,
    Text,
    all_,
    and_,
    any_,
    cast,
    exists,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType, ModelProfile
from rushes.db.answer_tables import current_runs, replaced_artifacts
from rushes.db.tables import asset, runs
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

    @classmethod
    def asked(
        cls, mode: SelectionMode | None, profile: ModelProfile | None, run_id: str | None
    ) -> Selection | None:
        """What a request says; a profile or a run alone says the mode too.

        InvalidRequestError `bad_selection` also where something does not go with the mode.
        """
        if mode is None and profile is None and run_id is None:
            return None
        if mode is None:
            mode = SelectionMode.PINNED if profile is None else SelectionMode.PROFILE
        for name, given, its_mode in (
            ("profile", profile, SelectionMode.PROFILE),
            ("run_id", run_id, SelectionMode.PINNED),
        ):
            if given is not None and mode is not its_mode:
                raise InvalidRequestError(
                    f"{name} does not go with selection {mode}",
                    code="bad_selection",
                    remedy=f"leave one of the two out, or ask for selection {its_mode}",
                )
        return cls(mode, profile, run_id)

    def __post_init__(self) -> None:
        if self.mode is SelectionMode.PROFILE and self.preferred_profile is None:
            raise _lacks("profile", "preferred_profile")
        if self.mode is SelectionMode.PINNED and not self.pinned_run_id:
            raise _lacks("pinned", "pinned_run_id")


def answering_run_ids(
    asset_id: str | ColumnElement[str],
    stage: str | ColumnElement[str],
    selection: Selection | None = None,
) -> Select[Any]:
    """A query for the run ids that answer for one film and stage.

    Both may be columns of an outer query. Without a `selection` the film's stored policy decides.
    """
    if selection is None:
        answers = current_runs
        return select(answers.c.run_id).where(
            answers.c.asset_id == asset_id, answers.c.stage == stage
        )
    chosen = func.answering_runs(
        asset_id,
        stage,
        selection.mode.value,
        cast(literal(selection.preferred_profile), Text),
        cast(literal(selection.pinned_run_id), Text),
    ).table_valued("run_id")
    return select(chosen.c.run_id)


def stands(
    table: FromClause,
    asset_id: str | ColumnElement[str],
    stage: str | ColumnElement[str],
    selection: Selection | None = None,
) -> ColumnElement[bool]:
    """Whether a row of `table` (artifacts or a projection) answers: chosen, and not replaced."""
    chosen = answering_run_ids(asset_id, stage, selection)
    replaced = select(replaced_artifacts.c.artifact_id).where(
        replaced_artifacts.c.asset_id == asset_id, replaced_artifacts.c.stage == stage
    )
    # Both are read once a film, and nearly always the second is empty. `is true` keeps the index of
    # run_id out of it: rows come in their order from another, and nearly all are of these runs.
    return and_(
        (table.c.run_id == any_(_array(chosen))).is_(true()),
        table.c.artifact_id != all_(_array(replaced)),
    )


def _array(query: Select[Any]) -> ColumnElement[Any]:
    return func.array(query.scalar_subquery(), type_=ARRAY(Text))


def not_replaced(table: FromClause) -> ColumnElement[bool]:
    """Whether no correction stands in for a row of `table`, in whichever film."""
    return ~exists(
        select(literal(1)).where(replaced_artifacts.c.artifact_id == table.c.artifact_id)
    )


def selected_runs(
    asset_id: str | None = None,
    stages: Sequence[str] | None = None,
    selection: Selection | None = None,
) -> Subquery:
    """The answering runs of each film and stage, as a subquery with all columns of `runs`.

    Without a `selection` each film's stored policy decides. Who reads artifacts by these runs
    leaves out what is replaced: `not_replaced`.
    """
    if selection is None:
        query = select(runs).join(current_runs, current_runs.c.run_id == runs.c.run_id)
        if asset_id is not None:
            query = query.where(current_runs.c.asset_id == asset_id)
        if stages is not None:
            query = query.where(current_runs.c.stage.in_(list(stages)))
        return query.subquery("selected_runs")
    wanted = _each(stages if stages is not None else _STAGES)
    chosen = answering_run_ids(asset.c.asset_id, wanted.c.stage, selection).lateral("chosen")
    query = (
        select(runs)
        .select_from(asset)
        .join(wanted, true())
        .join(chosen, true())
        .join(runs, runs.c.run_id == chosen.c.run_id)
    )
    if asset_id is not None:
        query = query.where(asset.c.asset_id == asset_id)
    return query.subquery("selected_runs")


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


_STAGES = sorted({*STAGE_OF_TYPE.values()})


def _each(stages: Sequence[str]) -> TableValuedAlias:
    names = func.unnest(cast(list(stages), ARRAY(Text)))
    return names.table_valued("stage", name="wanted").render_derived()


def _lacks(mode: str, field: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"selection {mode} needs {field}", code="bad_selection", remedy=f"give {field}"
    )
