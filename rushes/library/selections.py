"""Which run of a type answers for a film, as people chose it, and what the audit log says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from rushes import audit
from rushes.artifacts.policies import set_policy
from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile
from rushes.db.tables import artifact_selections, asset
from rushes.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class FilmSelection:
    """What is stored for a type; the mode `default` and no time where nothing is."""

    artifact_type: ArtifactType
    mode: SelectionMode = SelectionMode.DEFAULT
    preferred_profile: ModelProfile | None = None
    pinned_run_id: str | None = None
    updated_at: datetime | None = None


def film_selections(connection: Connection, asset_id: str) -> list[FilmSelection]:
    """The selection of every type for a film. Raises NotFoundError `video_not_found`."""
    stored = artifact_selections
    rows = connection.execute(
        select(asset.c.asset_id, stored)
        .select_from(asset.outerjoin(stored, stored.c.asset_id == asset.c.asset_id))
        .where(asset.c.asset_id == asset_id)
    ).all()
    if not rows:
        raise NotFoundError(f"there is no video {asset_id!r}", code="video_not_found")
    found = {
        row.artifact_type: FilmSelection(
            ArtifactType(row.artifact_type),
            SelectionMode(row.mode),
            ModelProfile(row.preferred_profile) if row.preferred_profile else None,
            row.pinned_run_id,
            row.updated_at,
        )
        for row in rows
        if row.artifact_type is not None
    }
    return [found.get(each, FilmSelection(each)) for each in ArtifactType]


def film_selection(
    connection: Connection, asset_id: str, artifact_type: ArtifactType
) -> FilmSelection:
    """The selection of one type for a film. Raises NotFoundError `video_not_found`."""
    every = film_selections(connection, asset_id)
    return next(each for each in every if each.artifact_type is artifact_type)


def select_for_film(
    connection: Connection,
    actor: str,
    asset_id: str,
    artifact_type: ArtifactType,
    selection: Selection,
) -> FilmSelection:
    """Store what answers from now on; `default` forgets it. Audited where that changes anything.

    Raises NotFoundError `video_not_found` or `run_not_found`.
    """
    before = film_selection(connection, asset_id, artifact_type)
    set_policy(connection, [asset_id], [artifact_type], selection)
    after = film_selection(connection, asset_id, artifact_type)
    if _choice(before) != _choice(after):
        details = {"artifact_type": artifact_type, "before": _choice(before)}
        audit.record(
            connection, actor, "selection.set", asset_id, {**details, "after": _choice(after)}
        )
    return after


def _choice(selection: FilmSelection) -> dict[str, str | None]:
    return {
        "mode": selection.mode,
        "preferred_profile": selection.preferred_profile,
        "pinned_run_id": selection.pinned_run_id,
    }
