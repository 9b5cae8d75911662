"""Whether search finds what it should: a word of a film that is published, asked as a reader."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from rushes.db.sql import load_sql
from rushes.search.documents import SearchDocument, build_documents
from rushes.search.request import Filters, SearchRequest, SearchSource
from rushes.search.service import SearchService

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """What was asked, and what came back."""

    asset_id: str
    word: str
    is_found: bool
    search_source: SearchSource
    took_ms: float

    @property
    def is_good(self) -> bool:
        """Found, and by the engine."""
        return self.is_found and self.search_source is SearchSource.QUICKWIT


def round_trip(engine: Engine, service: SearchService) -> RoundTrip | None:
    """Ask for a published film by a word of its own; None where nothing is published."""
    with engine.connect() as connection:
        asset_id = connection.execute(load_sql(_HERE, "settled_film")).scalar_one_or_none()
        if asset_id is None:
            return None
        word = _word(build_documents(connection, [asset_id]).get(asset_id, []))
    if word is None:
        return None
    filters = Filters(asset_ids=(asset_id,))
    asked = SearchRequest(text=f'"{word}"', filters=filters, limit=1, loosen=False)
    answer = service.search(asked)
    found = any(hit.asset_id == asset_id for hit in answer.hits)
    return RoundTrip(asset_id, word, found, answer.search_source, answer.took_ms)


def _word(documents: list[SearchDocument]) -> str | None:
    texts = (text for document in documents for text in document.fields["text"])
    return next((word for text in texts for word in text.split()), None)
