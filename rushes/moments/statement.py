"""The one statement of a search, made once for each plan and kept."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE

from rushes.db.reading import Statement
from rushes.db.tables import asset
from rushes.moments.algebra import NOTHING, stretches
from rushes.moments.evidence import evidence
from rushes.moments.films import CAPTURED_AT, few_films, next_film
from rushes.moments.plan import Plan
from rushes.moments.spans import FILM, spans_of
from rushes.navigation.rows import number, word

_KEPT = 256
"""Statements: that many shapes of questions."""


@lru_cache(maxsize=_KEPT)
def statement_of(plan: Plan) -> Statement:
    """Rows: asset_id, library_slug, path, capture_time, start_ms, end_ms, and of each leaf in
    `plan.evidence` found_K and artifacts_K; one more than `most` where there are more.

    Parameters: `most`; those of each leaf's `Asked.parameters`; reach_K; labels_K and film_query_K
    as the plan's ways say; within_N; around_ms; library, video_id, after_* where the plan has them.
    """
    return Statement.of(_query(plan))


def _query(plan: Plan) -> Select[Any]:
    page = _page(_walk(plan))
    proofs = {each: evidence(plan, each) for each in plan.evidence}
    source: FromClause = page.join(asset, asset.c.asset_id == page.c.asset_id)
    columns: list[ColumnElement[Any]] = []
    for position, proof in proofs.items():
        source = source.join(proof, true())
        columns.append(proof.c.found.label(f"found_{position}"))
        columns.append(proof.c.artifacts.label(f"artifacts_{position}"))
    return (
        select(
            page.c.asset_id,
            asset.c.library_slug,
            asset.c.path,
            asset.c.capture_time,
            page.c.start_ms,
            page.c.end_ms,
            *columns,
        )
        .select_from(source)
        .order_by(page.c.captured_at, page.c.asset_id, page.c.start_ms)
    )


def _page(walk: CTE) -> CTE:
    """The first moments of those that were found."""
    each = stretches(walk.c.moments)
    start_ms = func.lower(each.c.span, type_=BigInteger)
    return (
        select(
            walk.c.captured_at,
            walk.c.asset_id,
            start_ms.label("start_ms"),
            func.upper(each.c.span, type_=BigInteger).label("end_ms"),
        )
        .select_from(walk.join(each, true()))
        .order_by(walk.c.captured_at, walk.c.asset_id, start_ms)
        .limit(number("most") + 1)
        .cte("page")
        .prefix_with("materialized")
    )


def _walk(plan: Plan) -> CTE:
    """Film by film until more than `most` moments are found."""
    walk = _begin(plan).cte("walk", recursive=True)
    film = next_film(plan, few_films(plan)).lateral("film")
    here = _moments(plan)
    count = select(func.count()).select_from(stretches(here.c.spans)).scalar_subquery()
    step = (
        select(
            film.c.captured_at,
            film.c.asset_id,
            literal(1),
            here.c.spans,
            walk.c.found + count,
        )
        .select_from(walk.join(film, true()).join(here, true()))
        .where(walk.c.found <= number("most"))
    )
    return walk.union_all(step)


def _begin(plan: Plan) -> Select[Any]:
    """Before every film; after a cursor before its own, whose moments from there on are left."""
    captured_at: ColumnElement[Any] = cast(literal("-infinity"), CAPTURED_AT)
    asset_id: ColumnElement[str] = cast(literal(""), Text)
    if plan.goes_on:
        undated = cast(literal("infinity"), CAPTURED_AT)
        captured_at = func.coalesce(bindparam("after_captured", type_=CAPTURED_AT), undated)
        asset_id = word("after_film")
    return select(
        captured_at.label("captured_at"),
        asset_id.label("asset_id"),
        literal(0).label("is_past"),
        cast(null(), INT8MULTIRANGE).label("moments"),
        cast(0, BigInteger).label("found"),
    )


def _moments(plan: Plan) -> FromClause:
    spans, source = spans_of(plan)
    if plan.goes_on:
        each = stretches(spans)
        left = or_(word("after_film") != FILM, func.lower(each.c.span) > number("after_start"))
        spans = (
            select(func.coalesce(func.range_agg(each.c.span), NOTHING))
            .select_from(each)
            .where(left)
            .scalar_subquery()
        )
    return select(spans.label("spans")).select_from(source).offset(0).lateral("here")
