"""Objects: what is to be seen, where in the picture, sampled frame by sampled frame."""

from collections import Counter

import dagster as dg

from assets.pictures import box_mark, found, marked_frames
from assets.stage_asset import Metadata, StageAsset, StageCheck, numbers
from assets.verdicts import boxes_outside_their_frames
from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.vocabulary import ArtifactType
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.outcome import StageOutcome


def _describe(pipeline: PipelineContext, outcome: StageOutcome) -> Metadata:
    detections = found(pipeline, outcome, ArtifactType.OBJECT_DETECTION)
    labels = Counter(each.payload["label"] for each in detections)
    records = [
        dg.TableRecord({"label": name, "frames": count}) for name, count in labels.most_common()
    ]
    return {
        **numbers(outcome),
        "objects": len(detections),
        **({"labels": dg.MetadataValue.table(records)} if records else {}),
        **marked_frames(pipeline, outcome, detections, box_mark(_label)),
    }


def _label(artifact: ArtifactEnvelope) -> str:
    return f"{artifact.payload['label']} {artifact.payload['confidence']:.2f}"


OBJECTS = StageAsset(
    name="objects",
    deps=("media_pass",),
    description="Things in the sampled frames, by a YOLO detector; one artifact a detection.",
    kinds=frozenset({"onnx"}),
    describe=_describe,
    projections=("object_labels",),
    checks=(
        StageCheck(
            "object_boxes_lie_in_their_frames",
            "Every box has an area and lies within its frame.",
            boxes_outside_their_frames,
        ),
    ),
)
