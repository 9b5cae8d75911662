"""Text on screen: each line with the whole span for which it stands."""

import dagster as dg

from assets.pictures import found, marked_frames
from assets.stage_asset import Metadata, StageAsset, StageCheck, numbers
from assets.verdicts import artifacts_outside_the_film
from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.vocabulary import ArtifactType
from rushes.media.timecode import format_clock
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.outcome import StageOutcome

_ROWS_SHOWN = 50


def _describe(pipeline: PipelineContext, outcome: StageOutcome) -> Metadata:
    lines = found(pipeline, outcome, ArtifactType.OCR_TEXT)
    records = [
        dg.TableRecord(
            {
                "start": format_clock(each.span_start_ms),
                "end": format_clock(each.span_end_ms),
                "text": each.payload["text"],
                "confidence": round(each.payload["confidence"], 3),
            }
        )
        for each in lines[:_ROWS_SHOWN]
    ]
    return {
        **numbers(outcome),
        "texts": len(lines),
        **({"text on screen": dg.MetadataValue.table(records)} if records else {}),
        **marked_frames(pipeline, outcome, lines, _mark),
    }


def _mark(artifact: ArtifactEnvelope) -> tuple[list[tuple[float, float]], str]:
    return [(point["x"], point["y"]) for point in artifact.payload["polygon"]], ""


OCR = StageAsset(
    name="ocr",
    deps=("media_pass",),
    description="Text on screen. Only frames whose text has changed are read.",
    kinds=frozenset({"onnx"}),
    describe=_describe,
    projections=("ocr_fts",),
    checks=(
        StageCheck(
            "texts_lie_in_the_film",
            "No text starts after the film ends.",
            artifacts_outside_the_film,
        ),
    ),
)
