"""Every index with the libraries that it serves, for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from rushes.search.generations.index_generations import (
    GenerationState,
    IndexGenerationRepository,
)
from rushes.search.generations.policies import LibraryModelPolicyRepository

_GENERATIONS: Final = IndexGenerationRepository()
_POLICIES: Final = LibraryModelPolicyRepository()


@dataclass(frozen=True, slots=True)
class GenerationLine:
    """Slugs of libraries by what the index is for them; `locked` are those of the first."""

    name: str
    state: str
    is_written: bool
    created_at: datetime
    changed_at: datetime
    active_for: tuple[str, ...]
    shadow_for: tuple[str, ...]
    previous_for: tuple[str, ...]
    locked: tuple[str, ...]


def generation_lines(engine: Engine, *, with_dropped: bool = False) -> list[GenerationLine]:
    """The oldest first."""
    with engine.connect() as connection:
        policies = _POLICIES.all(connection)
        made = _GENERATIONS.all(connection)
    return [
        GenerationLine(
            each.name,
            each.state.value,
            each.is_written,
            each.created_at,
            each.changed_at,
            tuple(p.library_slug for p in policies if p.active_index_name == each.name),
            tuple(p.library_slug for p in policies if p.shadow_index_name == each.name),
            tuple(p.library_slug for p in policies if p.previous_index_name == each.name),
            tuple(
                p.library_slug for p in policies if p.locked and p.active_index_name == each.name
            ),
        )
        for each in made
        if with_dropped or each.state is not GenerationState.DROPPED
    ]
