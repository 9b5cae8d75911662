"""Films and scenes that people marked as favourites, and what the audit log says of it.

A scene is kept by its span on the film's content, so that it outlives a new scene detection: it is
whichever scene of the answering run covers most of that span.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from rushes import audit
from rushes.artifacts.vocabulary import ArtifactType
from rushes.db.sql import load_sql
from rushes.db.tables import artifacts, asset, runs
from rushes.db.user_tables import favourite_scenes
from rushes.errors import NotFoundError

_HERE = Path(__file__).parent
_FILM_PLACE = -1
_SET, _UNSET = "favourite.set", "favourite.unset"

FavouriteKind = Literal["film", "scene"]
Place = tuple[str, int, int]
"""asset_id, start and end in ms: where a favourite stands in the order of all."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene with its span in ms on one content version of its film."""

    artifact_id: str
    asset_id: str
    content_version: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class FavouriteScene:
    """The scene that answers for a kept span now."""

    artifact_id: str
    run_id: str
    scene_index: int
    start_ms: int
    end_ms: int
    keyframe_ms: int


@dataclass(frozen=True, slots=True)
class Favourite:
    """A film, or a scene by its kept span in ms; `scene` is None where no scene covers it now."""

    kind: FavouriteKind
    asset_id: str
    library_slug: str
    path: str
    start_ms: int | None
    end_ms: int | None
    created_at: datetime | None
    scene: FavouriteScene | None

    @property
    def place(self) -> Place:
        """Where the next page begins after this one."""
        if self.start_ms is None or self.end_ms is None:
            return self.asset_id, _FILM_PLACE, _FILM_PLACE
        return self.asset_id, self.start_ms, self.end_ms


def set_film(connection: Connection, actor: str, asset_id: str, is_favourite: bool) -> bool:
    """Mark a film or not. Returns whether that changed anything; only then it is audited.

    Raises NotFoundError `video_not_found`.
    """
    row = connection.execute(
        select(asset.c.is_favorite).where(asset.c.asset_id == asset_id).with_for_update()
    ).first()
    if row is None:
        raise NotFoundError(f"there is no video {asset_id!r}", code="video_not_found")
    if row.is_favorite == is_favourite:
        return False
    changed = update(asset).where(asset.c.asset_id == asset_id)
    connection.execute(changed.values(is_favorite=is_favourite, updated_at=func.now()))
    audit.record(connection, actor, _SET if is_favourite else _UNSET, asset_id, {"kind": "film"})
    return True


def add_scene(connection: Connection, actor: str, artifact_id: str) -> bool:
    """Mark a scene. Returns whether it was none before; only then it is audited.

    Raises NotFoundError `scene_not_found`.
    """
    scene = get_scene(connection, artifact_id)
    if _kept_spans(connection, scene):
        return False
    kept = insert(favourite_scenes).values(
        asset_id=scene.asset_id,
        content_version=scene.content_version,
        start_ms=scene.start_ms,
        end_ms=scene.end_ms,
    )
    if not connection.execute(kept.on_conflict_do_nothing()).rowcount:
        return False
    _record_scene(connection, actor, _SET, scene)
    return True


def remove_scene(connection: Connection, actor: str, artifact_id: str) -> bool:
    """Mark a scene no more. Returns whether it was one; only then it is audited.

    Raises NotFoundError `scene_not_found`.
    """
    scene = get_scene(connection, artifact_id)
    kept = favourite_scenes
    spans = [(scene.start_ms, scene.end_ms), *_kept_spans(connection, scene)]
    gone = delete(kept).where(
        kept.c.asset_id == scene.asset_id,
        kept.c.content_version == scene.content_version,
        tuple_(kept.c.start_ms, kept.c.end_ms).in_(spans),
    )
    if not connection.execute(gone).rowcount:
        return False
    _record_scene(connection, actor, _UNSET, scene)
    return True


def favourites(
    connection: Connection,
    *,
    kind: FavouriteKind | None = None,
    library: str | None = None,
    asset_id: str | None = None,
    after: Place | None = None,
    limit: int = 100,
) -> list[Favourite]:
    """Favourites in the order of film, start and end, those after a place."""
    after_asset, after_start, after_end = after or (None, None, None)
    wanted = {
        "kind": kind,
        "library": library,
        "asset_id": asset_id,
        "after_asset": after_asset,
        "after_start": after_start,
        "after_end": after_end,
        "limit": limit,
    }
    return [
        _favourite(row)
        for row in connection.execute(load_sql(_HERE, "favourites"), wanted).mappings()
    ]


def get_scene(connection: Connection, artifact_id: str) -> Scene:
    """A scene of the current content of its film. Raises NotFoundError `scene_not_found`."""
    row = connection.execute(
        select(
            artifacts.c.artifact_id,
            artifacts.c.asset_id,
            runs.c.content_version,
            artifacts.c.span_start_ms.label("start_ms"),
            artifacts.c.span_end_ms.label("end_ms"),
        )
        .join(runs, runs.c.run_id == artifacts.c.run_id)
        .join(asset, asset.c.asset_id == artifacts.c.asset_id)
        .where(
            artifacts.c.artifact_id == artifact_id,
            artifacts.c.artifact_type == ArtifactType.SCENE,
            asset.c.content_version == runs.c.content_version,
        )
    ).mappings()
    if (found := row.first()) is None:
        raise NotFoundError(
            f"there is no scene {artifact_id!r}",
            code="scene_not_found",
            remedy="give the artifact_id of a scene of the film as it is now",
        )
    return Scene(**found)


def scene_at(connection: Connection, asset_id: str, at_ms: int) -> str:
    """The artifact_id of the scene at a time. Raises NotFoundError `scene_not_found`."""
    wanted = {"asset_id": asset_id, "at_ms": at_ms}
    found: str | None = connection.execute(load_sql(_HERE, "scene_at"), wanted).scalar()
    if found is None:
        raise NotFoundError(
            f"no scene of {asset_id} is at {at_ms} ms",
            code="scene_not_found",
            remedy="analyse its scenes first, or give a time within the film",
        )
    return found


def _kept_spans(connection: Connection, scene: Scene) -> list[tuple[int, int]]:
    """The spans in ms that stand for this scene now."""
    kept = favourites(connection, kind="scene", asset_id=scene.asset_id, limit=_ALL)
    return [
        (each.start_ms, each.end_ms)
        for each in kept
        if each.scene is not None
        and each.scene.artifact_id == scene.artifact_id
        and each.start_ms is not None
        and each.end_ms is not None
    ]


_ALL = 2**31 - 1


def _record_scene(connection: Connection, actor: str, action: str, scene: Scene) -> None:
    details: dict[str, Any] = {
        "kind": "scene",
        "artifact_id": scene.artifact_id,
        "start_ms": scene.start_ms,
        "end_ms": scene.end_ms,
    }
    audit.record(connection, actor, action, scene.asset_id, details)


def _favourite(row: RowMapping) -> Favourite:
    is_film = row["kind"] == "film"
    scene = None
    if row["artifact_id"] is not None:
        scene = FavouriteScene(
            artifact_id=row["artifact_id"],
            run_id=row["run_id"],
            scene_index=row["scene_index"],
            start_ms=row["scene_start_ms"],
            end_ms=row["scene_end_ms"],
            keyframe_ms=row["keyframe_ms"],
        )
    return Favourite(
        kind=row["kind"],
        asset_id=row["asset_id"],
        library_slug=row["library_slug"],
        path=row["path"],
        start_ms=None if is_film else row["start_ms"],
        end_ms=None if is_film else row["end_ms"],
        created_at=row["created_at"],
        scene=scene,
    )
