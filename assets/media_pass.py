"""The one decode of a film: metrics for scene detection, sampled frames and 16 kHz audio."""

from assets.stage_asset import Metadata, StageAsset, numbers
from rushes.artifacts.hashing import config_hash
from rushes.library.repository import get_video
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.outcome import StageOutcome


def _describe(pipeline: PipelineContext, outcome: StageOutcome) -> Metadata:
    film = get_video(pipeline.engine, outcome.asset_id)
    cached = pipeline.cache.get(film.content_hash, config_hash(pipeline.media_pass))
    told = numbers(outcome)
    if cached is None:
        return {**told, "cache": "no longer kept"}
    with cached:
        seconds = cached.duration_ms / 1000
        return {**told, "duration s": seconds, "sampled frames": len(cached.frames())}


MEDIA_PASS = StageAsset(
    name="media_pass",
    deps=("source_video",),
    description=(
        "One decode of the source for all stages. What later stages read is kept in the cache, "
        "so that they run while the drive is away."
    ),
    kinds=frozenset({"pyav", "opencv"}),
    describe=_describe,
)
