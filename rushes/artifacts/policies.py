"""Stored policies: which run of a type answers for a film where a request does not say."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType, Origin
from rushes.db.tables import artifact_selections, runs
from rushes.errors import NotFoundError


def set_policy(
    connection: Connection,
    asset_ids: Sequence[str],
    artifact_types: Sequence[ArtifactType],
    selection: Selection,
) -> int:
    """Store the policy for these films and types; `default` forgets it. Returns how many.

    NotFoundError `run_not_found` where a pinned run is not one of the film's and the type's stage.
    """
    table = artifact_selections
    if selection.mode is SelectionMode.DEFAULT:
        gone = delete(table).where(
            table.c.asset_id.in_(asset_ids), table.c.artifact_type.in_(artifact_types)
        )
        return connection.execute(gone).rowcount
    pinned = selection.pinned_run_id if selection.mode is SelectionMode.PINNED else None
    if pinned is not None:
        _check_pinned(connection, asset_ids, artifact_types, pinned)
    rows = [
        {
            "asset_id": asset_id,
            "artifact_type": kind.value,
            "mode": selection.mode.value,
            "preferred_profile": selection.preferred_profile,
            "pinned_run_id": pinned,
        }
        for asset_id in asset_ids
        for kind in artifact_types
    ]
    if not rows:
        return 0
    statement = insert(table).values(rows)
    return connection.execute(
        statement.on_conflict_do_update(
            index_elements=[table.c.asset_id, table.c.artifact_type],
            set_={
                "mode": statement.excluded.mode,
                "preferred_profile": statement.excluded.preferred_profile,
                "pinned_run_id": statement.excluded.pinned_run_id,
                "updated_at": func.now(),
            },
        )
    ).rowcount


def _check_pinned(
    connection: Connection,
    asset_ids: Sequence[str],
    artifact_types: Sequence[ArtifactType],
    run_id: str,
) -> None:
    made = runs.c.origin != Origin.HUMAN.value  # a correction answers in any case
    run = connection.execute(
        select(runs.c.asset_id, runs.c.stage).where(runs.c.run_id == run_id, made)
    ).first()
    stages = {STAGE_OF_TYPE[kind] for kind in artifact_types}
    if run is None or list(asset_ids) != [run.asset_id] or stages != {run.stage}:
        raise NotFoundError(
            f"{run_id} is no run of that film and that type",
            code="run_not_found",
            remedy="see `rushes runs FILM` for the runs of a film",
        )
