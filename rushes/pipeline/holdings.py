"""What is kept of a film: rows, documents, cache."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row

from rushes.db.sql import load_sql
from rushes.documents import Document, documents_of_films
from rushes.library.deletion import contents, kept_contents
from rushes.pipeline.context import PipelineContext

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much is kept of one film. `path` is relative to the library's root.

    `runs` include the `corrections` by people. Documents and cache that another film of the same
    content needs are in none of the numbers: they stay.
    """

    asset_id: str
    library_slug: str
    path: str
    state: str
    """present or missing, as the last scan saw it."""
    runs: int
    corrections: int
    artifacts: int
    vectors: int
    faces: int
    """Faces that were put to people."""
    favourites: int
    """The film itself, if it is one, and its scenes."""
    documents: int
    cache_bytes: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What lies outside of Postgres for some films and for no others."""

    documents: Sequence[Document]
    documents_of: Counter[str]
    """By asset id; those that a twin made, which is gone, count for a film of that content."""
    cached: dict[str, int]
    """Bytes by content hash."""
    owner: dict[str, str]
    """Content hash -> one of the films."""


def kept_outside(
    context: PipelineContext, connection: Connection, asset_ids: Sequence[str]
) -> Kept:
    """Documents and cache that go when these films go. Reads all documents."""
    of_films = contents(connection, asset_ids)
    shared = kept_contents(connection, of_films)
    owner = {each: film for film, hashes in of_films.items() for each in hashes - shared}
    found = documents_of_films(context.documents, asset_ids, owner, kept_content_hashes=shared)
    counted = Counter(
        each.asset_id if each.asset_id in of_films else owner[each.content_hash] for each in found
    )
    cached = {each: context.cache.bytes_of(each) for each in owner}
    return Kept(found, counted, cached, owner)


def film_holdings(connection: Connection, asset_ids: Sequence[str], kept: Kept) -> list[Holdings]:
    """What is kept of each of the films, by library and path; unknown ones are left out."""
    bytes_of: Counter[str] = Counter()
    for content_hash, size in kept.cached.items():
        bytes_of[kept.owner[content_hash]] += size
    rows = connection.execute(load_sql(_HERE, "film_holdings"), {"asset_ids": list(asset_ids)})

    def holdings(row: Row[Any]) -> Holdings:
        film = row.asset_id
        return Holdings(
            **row._mapping, documents=kept.documents_of[film], cache_bytes=bytes_of[film]
        )

    return [holdings(row) for row in rows]
