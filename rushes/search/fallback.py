"""Search in Postgres: what answers while there is no other engine, and when that one is down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, func, literal, select

from rushes.artifacts.selection import selected_runs
from rushes.db.tables import artifacts, asset, libraries, transcript_fts
from rushes.errors import InvalidRequestError
from rushes.search.moment import HEADLINE_OPTIONS, MARKS, mark_letters, moment, snippet
from rushes.search.text_query import (
    Strength,
    checked_text,
    condition,
    languages,
    row_query,
    strengths,
)

MAX_HITS = 1000
_RANKED_CANDIDATES = 2000
"""Ranking costs 1 to 2 us a row; a word in half of all rows must not cost a second."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A moment that answers. Times in ms from the first frame; `snippet` is HTML with marks."""

    asset_id: str
    library: str
    path: str
    start_ms: int
    end_ms: int
    segment_start_ms: int
    segment_end_ms: int
    snippet: str
    text: str
    kind: str
    artifact_id: str
    run_id: str
    score: float
    producer: str
    model_profile: str
    origin: str
    library_status: str
    volume_label: str | None
    capture_time: str | None


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """Hits with where they come from. `matched` tells how closely they follow the query."""

    query: str
    search_source: str
    matched: Strength
    took_ms: float
    hits: list[Hit] = field(default_factory=list)


class PostgresSearch:
    """Full text over the selected transcripts of all films."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def search(
        self,
        text: str,
        *,
        library: str | None = None,
        asset_id: str | None = None,
        limit: int = 20,
        offset: int = 0,
        by_time: bool = False,
        any_word: bool = True,
    ) -> SearchAnswer:
        """The best hits first, or one film's in order of time. At most MAX_HITS deep.

        Where nothing has all of the words, `any_word` lets those answer that have some.
        Raises InvalidRequestError for an empty or overlong query and for a page out of bounds.
        """
        started, cleaned = perf_counter(), checked_text(text)
        if not 1 <= limit <= MAX_HITS or not 0 <= offset <= MAX_HITS:
            raise InvalidRequestError(
                f"limit {limit} or offset {offset} is out of bounds",
                code="page_out_of_bounds",
                remedy=f"limit 1 to {MAX_HITS}, offset 0 to {MAX_HITS}",
            )
        filters = _filters(library, asset_id)
        with self._engine.connect() as connection:
            used = languages(connection)
            for strength in strengths(cleaned, any_word=any_word):
                query = _statement(cleaned, strength, used, filters, by_time)
                rows = connection.execute(query.limit(limit).offset(offset)).all()
                if rows or (offset and self._any(connection, cleaned, strength, used, filters)):
                    break
        hits = [_hit(row, cleaned, strength) for row in rows]
        took_ms = (perf_counter() - started) * 1000
        return SearchAnswer(cleaned, "postgres", strength, took_ms, hits)

    def _any(
        self,
        connection: Connection,
        text: str,
        strength: Strength,
        used: Sequence[str],
        filters: Sequence[ColumnElement[bool]],
    ) -> bool:
        """Whether this strength has hits at all, so that a page past its end stays empty."""
        query = _statement(text, strength, used, filters, by_time=True).limit(1)
        return connection.execute(query).first() is not None


def _filters(library: str | None, asset_id: str | None) -> list[ColumnElement[bool]]:
    filters: list[ColumnElement[bool]] = []
    if library is not None:
        filters.append(asset.c.library_slug == library)
    if asset_id is not None:
        filters.append(transcript_fts.c.asset_id == asset_id)
    return filters


def _statement(
    text: str,
    strength: Strength,
    used: Sequence[str],
    filters: Sequence[ColumnElement[bool]],
    by_time: bool,
) -> Select[Any]:
    """Candidates, capped; then rank; the caller's limit; marks only on what is left."""
    chosen = selected_runs(stages=["transcript"])
    lexical = strength is not Strength.LETTERS
    query = row_query(text, strength)
    candidates = (
        select(
            transcript_fts,
            asset.c.library_slug,
            asset.c.path,
            asset.c.capture_time,
            chosen.c.origin,
            chosen.c.model_profile,
            chosen.c.producer,
            (func.ts_rank_cd(transcript_fts.c.text_tsv, query) if lexical else literal(1.0)).label(
                "score"
            ),
            query.label("query"),
        )
        .join(chosen, chosen.c.run_id == transcript_fts.c.run_id)
        .join(asset, asset.c.asset_id == transcript_fts.c.asset_id)
        .where(condition(text, strength, used), *filters)
    )
    if not by_time:
        candidates = candidates.limit(_RANKED_CANDIDATES)
    found = candidates.subquery("found")
    marked = (
        func.ts_headline(
            found.c.language,
            func.translate(found.c.text, MARKS, ""),
            found.c.query,
            HEADLINE_OPTIONS,
        )
        if lexical
        else found.c.text
    )
    order: list[ColumnElement[Any]] = [found.c.start_ms, found.c.artifact_id]
    if not by_time:
        order = [found.c.score.desc(), found.c.path, *order]
    return (
        select(
            found,
            marked.label("marked"),
            artifacts.c.payload["words"].label("words"),
            libraries.c.status.label("library_status"),
            libraries.c.volume_label,
        )
        .join(artifacts, artifacts.c.artifact_id == found.c.artifact_id)
        .join(libraries, libraries.c.slug == found.c.library_slug)
        .order_by(*order)
    )


def _hit(row: Row[Any], text: str, strength: Strength) -> Hit:
    marked = mark_letters(row.text, text) if strength is Strength.LETTERS else row.marked
    start_ms, end_ms = moment(marked, row.words or [], row.start_ms, row.end_ms)
    return Hit(
        asset_id=row.asset_id,
        library=row.library_slug,
        path=row.path,
        start_ms=start_ms,
        end_ms=end_ms,
        segment_start_ms=row.start_ms,
        segment_end_ms=row.end_ms,
        snippet=snippet(marked),
        text=row.text,
        kind="transcript",
        artifact_id=row.artifact_id,
        run_id=row.run_id,
        score=float(row.score),
        producer=row.producer,
        model_profile=row.model_profile,
        origin=row.origin,
        library_status=row.library_status,
        volume_label=row.volume_label,
        capture_time=row.capture_time.isoformat() if row.capture_time else None,
    )
