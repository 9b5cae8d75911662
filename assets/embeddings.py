"""Embeddings: sampled frames, and windows of what was said and written, as vectors."""

from assets.stage_asset import Metadata, StageAsset, StageCheck, numbers
from assets.verdicts import vectors_missing
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.outcome import StageOutcome


def _describe(pipeline: PipelineContext, outcome: StageOutcome) -> Metadata:
    windows, hits = outcome.counts.get("windows", 0), outcome.counts.get("cache_hits", 0)
    spared = {"cache hit rate": round(hits / windows, 3)} if windows else {}
    return {**numbers(outcome), **spared}


FRAME_EMBEDDINGS = StageAsset(
    name="frame_embeddings",
    deps=("media_pass",),
    description="Each sampled frame as a vector: what looks alike lies close together.",
    kinds=frozenset({"onnx"}),
    describe=_describe,
    checks=(
        StageCheck("frame_vectors_are_there", "Every artifact has its vector.", vectors_missing),
    ),
)

TEXT_EMBEDDINGS = StageAsset(
    name="text_embeddings",
    deps=("scenes", "transcript", "ocr"),
    description="Windows of speech and of text on screen, scene by scene, as vectors.",
    kinds=frozenset({"numpy"}),
    describe=_describe,
    checks=(
        StageCheck("text_vectors_are_there", "Every artifact has its vector.", vectors_missing),
    ),
)
