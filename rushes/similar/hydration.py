"""Adds to embeddings what a page shows of them, and leaves out what may not be shown."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from rushes.artifacts.selection import Selection
from rushes.db.reading import kept, reading_by_key
from rushes.similar.request import SimilarFilters

_HERE: Final = Path(__file__).parent
SceneKey = tuple[str, str | None]
"""Film and scene; None: what of the film lies in no scene."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """Brings the rows of embeddings that may be shown now, whatever an index said of them."""

    engine: Engine
    filters: SimilarFilters
    selection: Selection | None

    def rows(self, embedding_ids: Collection[str]) -> dict[str, Any]:
        """Embedding id -> its row, of those that answer; in one statement, of one moment."""
        if not embedding_ids:
            return {}
        values = {"ids": sorted(embedding_ids), **self._scope()}
        with reading_by_key(self.engine) as connection:
            found = kept(_HERE, "hits").rows(connection, values)
        return {row.embedding_id: row for row in found}

    def _scope(self) -> dict[str, Any]:
        chosen, filters = self.selection, self.filters
        return {
            "mode": None if chosen is None else chosen.mode.value,
            "profile": None if chosen is None else chosen.preferred_profile,
            "pinned": None if chosen is None else chosen.pinned_run_id,
            "libraries": list(filters.libraries) or None,
            "asset_ids": list(filters.asset_ids) or None,
            "captured_from": filters.captured_from,
            "captured_to": filters.captured_to,
            "start_ms": filters.start_ms,
            "end_ms": filters.end_ms,
            "profiles": [str(each) for each in filters.profiles] or None,
            "sources": list(filters.sources) or None,
            "is_favorite": filters.is_favorite,
            "playable": filters.playable,
            "people": filters.people.value,
        }


def scene_key(row: Any) -> SceneKey:
    """The scene that holds the beginning of a moment."""
    return row.asset_id, row.scene_id
