"""Where text is found: what was said, and what is written on screen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Table

from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType
from rushes.db.analysis_tables import ocr_fts
from rushes.db.tables import transcript_fts


class Source(StrEnum):
    """What a hit rests on."""

    TRANSCRIPT = "transcript"
    """What was said."""
    OCR = "ocr"
    """What is written on screen."""


@dataclass(frozen=True, slots=True)
class TextTable:
    """A projection with `text`, its `language` and its `text_tsv`, and the stage behind it."""

    source: Source
    table: Table
    stage: str


TEXT_TABLES: Final[dict[Source, TextTable]] = {
    each.source: each
    for each in (
        TextTable(
            Source.TRANSCRIPT, transcript_fts, STAGE_OF_TYPE[ArtifactType.TRANSCRIPT_SEGMENT]
        ),
        TextTable(Source.OCR, ocr_fts, STAGE_OF_TYPE[ArtifactType.OCR_TEXT]),
    )
}


def text_tables(source: Source | None) -> tuple[TextTable, ...]:
    """The table of that source; of all where there is none."""
    return tuple(TEXT_TABLES.values()) if source is None else (TEXT_TABLES[source],)
