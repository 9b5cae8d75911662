"""How the vector indexes of a process are kept: when they are saved, and when rebuilt."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from rushes.settings import Settings
from rushes.vectors.building.options import BuildOptions


class SavePolicy(StrEnum):
    """When new vectors become part of the files. Postgres holds them whatever is chosen."""

    IMMEDIATE = "immediate"
    PERIODIC = "periodic"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """`save_seconds`: between two saves of the policy periodic.

    `delta_limit` (vectors that came since) and `tombstone_ratio` (0..1, of the vectors in the
    files those that can no longer be found): from there on a generation needs to be rebuilt.
    `in_memory`: a start makes no files for so few vectors, which are read from Postgres as soon.
    """

    build: BuildOptions = field(default_factory=BuildOptions)
    save: SavePolicy = SavePolicy.PERIODIC
    save_seconds: float = 300.0
    delta_limit: int = 20_000
    tombstone_ratio: float = 0.10
    in_memory: int = 1_000

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What the settings say."""
        return cls(
            build=BuildOptions.of(settings),
            save=SavePolicy(settings.vector_save),
            save_seconds=settings.vector_save_seconds,
            delta_limit=settings.vector_delta_limit,
            tombstone_ratio=settings.vector_tombstone_ratio,
        )
