"""The film's file as an asset: what its container says."""

import dagster as dg

from assets.stage_asset import Metadata, StageAsset, numbers
from rushes.artifacts.vocabulary import ArtifactType
from rushes.library.repository import get_video
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.outcome import StageOutcome


def _describe(pipeline: PipelineContext, outcome: StageOutcome) -> Metadata:
    film = get_video(pipeline.engine, outcome.asset_id)
    with pipeline.engine.connect() as connection:
        found = pipeline.artifacts.by_asset(
            connection, outcome.asset_id, ArtifactType.VIDEO_METADATA, [outcome.run_id or ""]
        )
    facts = found[0].payload
    return {
        **numbers(outcome),
        "library": film.library_slug,
        "content version": film.content_version,
        "duration s": facts["duration_ms"] / 1000,
        "picture": f"{facts['width']} x {facts['height']}",
        "facts": dg.MetadataValue.json(facts),
    }


SOURCE_VIDEO = StageAsset(
    name="source_video",
    deps=("library_scan",),
    description="One film of a library: content identity, and what its container says.",
    kinds=frozenset({"pyav"}),
    describe=_describe,
    projections=("video_locations",),
)
