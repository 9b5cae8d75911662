"""Search in Postgres: what answers while there is no other engine, and when that one is down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

from sqlalchemy import (
    REAL,
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    Text,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)

from rushes.artifacts.selection import not_replaced, selected_runs
from rushes.db.tables import artifacts, asset, libraries
from rushes.errors import InvalidRequestError
from rushes.search.moment import HEADLINE_OPTIONS, MARKS, mark_letters, moment, snippet
from rushes.search.sources import Source, TextTable, text_tables
from rushes.search.text_query import (
    Language,
    QueryText,
    Strength,
    checked_text,
    condition,
    languages,
    letters_of,
    row_query,
    strengths,
)

MAX_HITS = 1000
_RANKED_CANDIDATES = 2000
"""Of each source. Ranking costs 1 to 2 us a row; a word in half of all rows must not cost a second.
"""
_RANK_OF_A_WORD = 0.1
"""What Postgres gives to a row that has one word of the query once."""
_ROW_COLUMNS = ("artifact_id", "asset_id", "run_id", "start_ms", "end_ms", "text", "language")


@dataclass(frozen=True, slots=True)
class Hit:
    """A moment that answers. Times in ms from the first frame; `snippet` is HTML with marks.

    `source` tells whether it was said or is written on screen; `kind` says the same.
    """

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
    source: Source
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


@dataclass(frozen=True, slots=True)
class _Question:
    """What is looked for, and where."""

    text: str
    languages: Sequence[Language]
    tables: Sequence[TextTable]
    library: str | None
    asset_id: str | None
    by_time: bool


class PostgresSearch:
    """Full text over the selected transcripts and on-screen texts of all films."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def search(
        self,
        text: str,
        *,
        library: str | None = None,
        asset_id: str | None = None,
        source: Source | None = None,
        limit: int = 20,
        offset: int = 0,
        by_time: bool = False,
        any_word: bool = True,
    ) -> SearchAnswer:
        """The best hits first, or one film's in order of time. At most MAX_HITS deep.

        Of every source unless `source` names one. Where nothing has all of the words, `any_word`
        lets those answer that have some. Raises InvalidRequestError for an empty or overlong query
        and for a page out of bounds.
        """
        started, cleaned = perf_counter(), checked_text(text)
        if not 1 <= limit <= MAX_HITS or not 0 <= offset <= MAX_HITS:
            raise InvalidRequestError(
                f"limit {limit} or offset {offset} is out of bounds",
                code="page_out_of_bounds",
                remedy=f"limit 1 to {MAX_HITS}, offset 0 to {MAX_HITS}",
            )
        with self._engine.connect() as connection:
            used = languages(connection, cleaned)
            asked = _Question(cleaned, used, text_tables(source), library, asset_id, by_time)
            for strength in strengths(cleaned, any_word=any_word):
                query = _statement(asked, strength)
                rows = connection.execute(query.limit(limit).offset(offset)).all()
                if rows or (offset and self._any(connection, asked, strength)):
                    break
        hits = [_hit(row, cleaned, strength) for row in rows]
        took_ms = (perf_counter() - started) * 1000
        return SearchAnswer(cleaned, "postgres", strength, took_ms, hits)

    def _any(self, connection: Connection, asked: _Question, strength: Strength) -> bool:
        """Whether this strength has hits at all, so that a page past its end stays empty."""
        query = _statement(replace(asked, by_time=True), strength).limit(1)
        return connection.execute(query).first() is not None


def _candidates(asked: _Question, strength: Strength, of: TextTable) -> Select[Any]:
    """The rows of one source that match; where they are ranked, so many of them at most."""
    table, chosen = of.table, selected_runs(stages=[of.stage])
    words = QueryText.of(asked.text)
    query = row_query(table, words, strength)
    ranked = strength is not Strength.LETTERS
    rank = func.ts_rank_cd(table.c.text_tsv, query)
    # A row of a language that leaves all of the words out has none to be ranked by.
    score = (
        case((func.numnode(query) > 0, rank), else_=cast(_RANK_OF_A_WORD, REAL))
        if ranked
        else literal(1.0)
    )
    rows = (
        select(
            *(table.c[name] for name in _ROW_COLUMNS),
            asset.c.library_slug,
            asset.c.path,
            asset.c.capture_time,
            chosen.c.origin,
            chosen.c.model_profile,
            chosen.c.producer,
            score.label("score"),
            query.label("query"),
            cast(literal(of.source.value), Text).label("source"),
        )
        .join(chosen, chosen.c.run_id == table.c.run_id)
        .join(asset, asset.c.asset_id == table.c.asset_id)
        .where(condition(table, words, strength, asked.languages), not_replaced(table))
    )
    if asked.library is not None:
        rows = rows.where(asset.c.library_slug == asked.library)
    if asked.asset_id is not None:
        rows = rows.where(table.c.asset_id == asked.asset_id)
    return rows if asked.by_time else rows.limit(_RANKED_CANDIDATES)


def _statement(asked: _Question, strength: Strength) -> Select[Any]:
    """Candidates of every source, in one order; the caller's limit; marks on what is left."""
    candidates = [_candidates(asked, strength, each) for each in asked.tables]
    found = union_all(*candidates).subquery("found")
    without_marks = func.translate(found.c.text, MARKS, "")
    headline = func.ts_headline(found.c.language, without_marks, found.c.query, HEADLINE_OPTIONS)
    marked = found.c.text if strength is Strength.LETTERS else headline
    order: list[ColumnElement[Any]] = [found.c.start_ms, found.c.artifact_id]
    if not asked.by_time:
        said_first = found.c.source != Source.TRANSCRIPT.value  # its moment is the exact one
        order = [found.c.score.desc(), said_first, found.c.path, *order]
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
    marked = row.marked
    if strength is Strength.LETTERS or MARKS[0] not in marked:
        marked = mark_letters(row.text, letters_of(text))
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
        kind=row.source,
        source=Source(row.source),
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
