"""Scenes: where the film cuts."""

from itertools import pairwise

from sqlalchemy import Connection, select

from assets.pictures import jpeg, kept_media
from assets.stage_asset import Metadata, StageAsset, StageCheck, Verdict, numbers
from rushes.artifacts.vocabulary import ArtifactType
from rushes.db.tables import asset, runs, scene_ranges
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.outcome import StageOutcome

_END_MS = 100
"""The last frame's length is taken from the frame rate; rounding may differ."""


def _describe(pipeline: PipelineContext, outcome: StageOutcome) -> Metadata:
    return {
        **numbers(outcome),
        "scenes": outcome.counts.get(ArtifactType.SCENE.value, 0),
        **_picture(pipeline, outcome),
    }


def _picture(pipeline: PipelineContext, outcome: StageOutcome) -> Metadata:
    """A contact sheet of the first scenes; nothing where the cache is gone."""
    from rushes.media.contact_sheet import contact_sheet

    query = (
        select(scene_ranges.c.keyframe_ms)
        .where(scene_ranges.c.run_id == outcome.run_id)
        .order_by(scene_ranges.c.start_ms)
    )
    with pipeline.engine.connect() as connection:
        keyframes = list(connection.execute(query).scalars())
    media = kept_media(pipeline, outcome.asset_id)
    if media is None:
        return {}
    with media:
        return jpeg("contact sheet", contact_sheet(media.frames(), keyframes))


def _cover(connection: Connection, run_id: str) -> Verdict:
    """The scenes follow one another from 0 to the film's end without gap or overlap.

    The end is the one that the media pass measured; a film's last frame may have no known length.
    """
    rows = connection.execute(
        select(scene_ranges.c.start_ms, scene_ranges.c.end_ms)
        .where(scene_ranges.c.run_id == run_id)
        .order_by(scene_ranges.c.start_ms)
    ).all()
    gaps = sum(1 for left, right in pairwise(rows) if left[1] != right[0])
    duration = connection.execute(
        select(asset.c.duration_ms)
        .join(runs, runs.c.asset_id == asset.c.asset_id)
        .where(runs.c.run_id == run_id)
    ).scalar()
    whole = bool(rows) and rows[0][0] == 0 and abs(rows[-1][1] - (duration or 0)) <= _END_MS
    return Verdict(whole and gaps == 0, {"scenes": len(rows), "gaps or overlaps": gaps})


SCENES = StageAsset(
    name="scenes",
    deps=("media_pass",),
    description="Scenes between cuts, found by PySceneDetect; each with a key frame.",
    kinds=frozenset({"scenedetect"}),
    describe=_describe,
    projections=("scene_ranges",),
    checks=(
        StageCheck(
            "scenes_cover_the_film",
            "Scenes follow one another from 0 without gap or overlap.",
            _cover,
        ),
    ),
)
