"""What can be gone to, and the projection that each kind is read from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, Text, cast

from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType
from rushes.db.analysis_tables import object_labels, ocr_fts, place_labels
from rushes.db.people_tables import face_clusters
from rushes.db.tables import scene_ranges, transcript_fts


class Kind(StrEnum):
    """What can be gone to."""

    SCENE = "scene"
    TRANSCRIPT = "transcript"
    """Something said."""
    OCR = "ocr"
    """Text on screen."""
    OBJECT = "object"
    PLACE = "place"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class KindTable:
    """The projection of a kind: `value` is the column that tells one thing from another."""

    kind: Kind
    table: Table
    artifact_type: ArtifactType
    value_column: str
    has_confidence: bool = False
    has_words: bool = False

    @property
    def stage(self) -> str:
        """The stage whose runs answer."""
        return STAGE_OF_TYPE[self.artifact_type]

    @property
    def value(self) -> ColumnElement[Any]:
        """Label, text, person's id or scene's number, as text."""
        return cast(self.table.c[self.value_column], Text)


KIND_TABLES: Final[dict[Kind, KindTable]] = {
    each.kind: each
    for each in (
        KindTable(Kind.SCENE, scene_ranges, ArtifactType.SCENE, "scene_index"),
        KindTable(
            Kind.TRANSCRIPT,
            transcript_fts,
            ArtifactType.TRANSCRIPT_SEGMENT,
            "text",
            has_words=True,
        ),
        KindTable(Kind.OCR, ocr_fts, ArtifactType.OCR_TEXT, "text", has_words=True),
        KindTable(
            Kind.OBJECT, object_labels, ArtifactType.OBJECT_DETECTION, "label", has_confidence=True
        ),
        KindTable(
            Kind.PLACE,
            place_labels,
            ArtifactType.PLACE_CLASSIFICATION,
            "label",
            has_confidence=True,
        ),
        KindTable(
            Kind.PERSON,
            face_clusters,
            ArtifactType.FACE_DETECTION,
            "cluster_id",
            has_confidence=True,
        ),
    )
}
