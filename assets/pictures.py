"""Pictures of what a stage found, as Dagster shows them: data URIs, so that nothing is served."""

import base64
from collections import defaultdict
from collections.abc import Callable, Iterable

import dagster as dg

from assets.stage_asset import Metadata
from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.hashing import config_hash
from rushes.artifacts.vocabulary import ArtifactType
from rushes.library.repository import get_video
from rushes.media.cache import CachedMedia
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.outcome import StageOutcome

MakeMark = Callable[[ArtifactEnvelope], tuple[list[tuple[float, float]], str]]
"""artifact -> its outline in pixels of the sampled frame, and a word beside it."""


def kept_media(pipeline: PipelineContext, asset_id: str) -> CachedMedia | None:
    """The film's media pass where the cache still holds it; the caller closes it."""
    film = get_video(pipeline.engine, asset_id)
    return pipeline.cache.get(film.content_hash, config_hash(pipeline.media_pass))


def found(
    pipeline: PipelineContext, outcome: StageOutcome, artifact_type: ArtifactType
) -> list[ArtifactEnvelope]:
    """What the run found, in film order."""
    with pipeline.engine.connect() as connection:
        return pipeline.artifacts.by_asset(
            connection, outcome.asset_id, artifact_type, [outcome.run_id or ""]
        )


def jpeg(name: str, data: bytes | None) -> Metadata:
    """One picture under `name`; nothing where there is none."""
    return _picture(name, data, "jpeg")


def png(name: str, data: bytes | None) -> Metadata:
    """One drawing under `name`; nothing where there is none."""
    return _picture(name, data, "png")


def _picture(name: str, data: bytes | None, kind: str) -> Metadata:
    if data is None:
        return {}
    encoded = base64.b64encode(data).decode()
    return {name: dg.MetadataValue.md(f"![{name}](data:image/{kind};base64,{encoded})")}


def marked_frames(
    pipeline: PipelineContext,
    outcome: StageOutcome,
    artifacts: Iterable[ArtifactEnvelope],
    make_mark: MakeMark,
) -> Metadata:
    """A few of the film's frames with what was found in them drawn in."""
    from rushes.media.contact_sheet import Mark, marked_sheet

    media = kept_media(pipeline, outcome.asset_id)
    if media is None:
        return {}
    with media:
        frames = media.frames()
        number_at = {frame.time_ms: frame.frame_number for frame in frames}
        marks: dict[int, list[Mark]] = defaultdict(list)
        for each in artifacts:
            if each.span_start_ms in number_at:
                marks[number_at[each.span_start_ms]].append(Mark(*make_mark(each)))
        return jpeg("found", marked_sheet(frames, marks))


def box_mark(label: Callable[[ArtifactEnvelope], str]) -> MakeMark:
    """Marks of artifacts with a bounding box."""

    def mark(artifact: ArtifactEnvelope) -> tuple[list[tuple[float, float]], str]:
        box = artifact.payload["bounding_box"]
        left, top = box["x"], box["y"]
        right, bottom = left + box["width"], top + box["height"]
        outline = [(left, top), (right, top), (right, bottom), (left, bottom)]
        return outline, label(artifact)

    return mark
