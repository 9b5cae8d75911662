"""Faces: where they are, how good they are, and the vector by which people are told apart."""

from assets.pictures import box_mark, found, marked_frames
from assets.stage_asset import Metadata, StageAsset, StageCheck, numbers
from assets.verdicts import boxes_outside_their_frames, vectors_missing
from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.vocabulary import ArtifactType
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.outcome import StageOutcome


def _describe(pipeline: PipelineContext, outcome: StageOutcome) -> Metadata:
    faces = found(pipeline, outcome, ArtifactType.FACE_DETECTION)
    return {
        **numbers(outcome),
        "faces": len(faces),
        "faces with a vector": sum(each.payload["embedding_id"] is not None for each in faces),
        **marked_frames(pipeline, outcome, faces, box_mark(_quality)),
    }


def _quality(artifact: ArtifactEnvelope) -> str:
    return f"{artifact.payload['confidence']:.2f} q{artifact.payload['quality']:.2f}"


FACES = StageAsset(
    name="faces",
    deps=("media_pass",),
    description="Faces in the sampled frames by YuNet, their vectors by SFace.",
    kinds=frozenset({"opencv"}),
    describe=_describe,
    projections=("face_clusters",),
    checks=(
        StageCheck(
            "face_boxes_lie_in_their_frames",
            "Every box has an area and lies within its frame.",
            boxes_outside_their_frames,
        ),
        StageCheck(
            "face_vectors_are_there", "Every face that names a vector has it.", vectors_missing
        ),
    ),
)
