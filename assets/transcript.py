"""Transcript: what was said, when."""

from typing import Any

import dagster as dg
from sqlalchemy import Connection, func, select

from assets.pictures import found
from assets.stage_asset import Metadata, StageAsset, StageCheck, Verdict, numbers
from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.vocabulary import ArtifactType
from rushes.db.tables import artifacts, asset, transcript_fts
from rushes.media.timecode import format_clock
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.outcome import StageOutcome

_ROWS_SHOWN = 50


def _describe(pipeline: PipelineContext, outcome: StageOutcome) -> Metadata:
    segments = found(pipeline, outcome, ArtifactType.TRANSCRIPT_SEGMENT)
    told: dict[str, Any] = {**numbers(outcome), "segments": len(segments)}
    if segments:
        told["made by"] = f"{segments[0].producer} {segments[0].producer_version}"
        told["transcript"] = _table(segments[:_ROWS_SHOWN])
    return told


def _table(segments: list[ArtifactEnvelope]) -> dg.TableMetadataValue:
    records = [
        dg.TableRecord(
            {
                "start": format_clock(each.span_start_ms),
                "end": format_clock(each.span_end_ms),
                "text": each.payload["text"],
                "confidence": round(each.payload["confidence"], 3),
            }
        )
        for each in segments
    ]
    return dg.MetadataValue.table(records)


def _inside(connection: Connection, run_id: str) -> Verdict:
    """No segment starts after the film's end, and none is without text."""
    query = (
        select(func.count())
        .select_from(transcript_fts)
        .join(artifacts, artifacts.c.artifact_id == transcript_fts.c.artifact_id)
        .join(asset, asset.c.asset_id == transcript_fts.c.asset_id)
        .where(
            transcript_fts.c.run_id == run_id,
            (transcript_fts.c.start_ms >= asset.c.duration_ms) | (transcript_fts.c.text == ""),
        )
    )
    outside = connection.execute(query).scalar_one()
    return Verdict(outside == 0, {"segments outside the film or empty": outside})


TRANSCRIPT = StageAsset(
    name="transcript",
    deps=("media_pass",),
    description="What was said, with the time of each word, by faster-whisper; or its captions.",
    kinds=frozenset({"whisper"}),
    describe=_describe,
    projections=("transcript_fts",),
    checks=(
        StageCheck(
            "segments_lie_in_the_film",
            "Every segment has text and starts before the film ends.",
            _inside,
        ),
    ),
)
