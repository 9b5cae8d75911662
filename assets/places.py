"""Places: where a sampled frame plays."""

from collections import Counter

import dagster as dg

from assets.pictures import found, marked_frames
from assets.stage_asset import Metadata, StageAsset, StageCheck, numbers
from assets.verdicts import artifacts_outside_the_film
from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.vocabulary import ArtifactType
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.outcome import StageOutcome


def _describe(pipeline: PipelineContext, outcome: StageOutcome) -> Metadata:
    places = found(pipeline, outcome, ArtifactType.PLACE_CLASSIFICATION)
    labels = Counter(each.payload["label"] for each in places)
    records = [
        dg.TableRecord({"place": name, "frames": count}) for name, count in labels.most_common()
    ]
    return {
        **numbers(outcome),
        "frames classified": len(places),
        **({"places": dg.MetadataValue.table(records)} if records else {}),
        **marked_frames(pipeline, outcome, places, _mark),
    }


def _mark(artifact: ArtifactEnvelope) -> tuple[list[tuple[float, float]], str]:
    return [], f"{artifact.payload['label']} {artifact.payload['confidence']:.2f}"


PLACES = StageAsset(
    name="places",
    deps=("media_pass",),
    description="Where each sampled frame plays, by a scene classifier such as Places365's.",
    kinds=frozenset({"onnx"}),
    describe=_describe,
    projections=("place_labels",),
    checks=(
        StageCheck(
            "places_lie_in_the_film",
            "No place starts after the film ends.",
            artifacts_outside_the_film,
        ),
    ),
)
