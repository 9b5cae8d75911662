"""The films that can hold a moment, one after another in order of (capture time, asset_id)."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from rushes.db.answer_tables import film_texts, film_vocabulary
from rushes.db.tables import asset
from rushes.moments.plan import Plan, Way
from rushes.moments.terms import AnyTerm, LeafTerm, Term
from rushes.navigation.rows import word

CAPTURED_AT = DateTime(timezone=True)


_WALK: Final[tuple[ColumnElement[Any], ...]] = tuple(
    literal_column(f"walk.{name}") for name in ("captured_at", "asset_id", "is_past")
)
"""Where the walk stands. is_past: 1 where that film was visited, 0 where it is to be."""


def next_film(plan: Plan, few: dict[int, CTE]) -> Select[Any]:
    """At most one row: captured_at, asset_id of the film after `walk`."""
    if not plan.by_vocabulary:
        return _next_of_all(plan)
    found = [_next_of_leaf(plan, each, few) for each in plan.first]
    if len(found) == 1:
        return found[0]
    each = union_all(*(select(one.subquery()) for one in found)).subquery("candidates")
    return _first(select(each.c.captured_at, each.c.asset_id), each.c.captured_at, each.c.asset_id)


def few_films(plan: Plan) -> dict[int, CTE]:
    """For first leaves in few films: these films, found once."""
    if not plan.by_vocabulary:
        return {}
    return {
        each: select(film_texts.c.captured_at, film_texts.c.asset_id)
        .where(film_texts.c.kind == plan.shapes[each].kind.value, _has_words(plan, each))
        .cte(f"few_{each}")
        .prefix_with("materialized")
        for each in plan.first
        if plan.ways[each] is Way.FEW
    }


def _next_of_all(plan: Plan) -> Select[Any]:
    captured_at = func.coalesce(
        asset.c.capture_time, cast(literal("infinity"), CAPTURED_AT), type_=CAPTURED_AT
    )
    query = select(captured_at.label("captured_at"), asset.c.asset_id).where(
        _is_after(captured_at, asset.c.asset_id)
    )
    if plan.in_library:
        query = query.where(asset.c.library_slug == word("library"))
    if plan.in_film:
        query = query.where(asset.c.asset_id == word("video_id"))
    return _first(query, captured_at, asset.c.asset_id)


def _next_of_leaf(plan: Plan, position: int, few: dict[int, CTE]) -> Select[Any]:
    if position in few:
        rows = few[position]
        return _of(plan, position, rows.c.captured_at, rows.c.asset_id)
    if plan.ways[position] is not Way.LABELS:
        texts = film_texts.alias()
        query = _of(plan, position, texts.c.captured_at, texts.c.asset_id)
        query = query.where(texts.c.kind == plan.shapes[position].kind.value)
        if plan.ways[position] is Way.MANY:
            query = query.where(or_(texts.c.words.is_(None), _matches(texts.c.words, position)))
        return query
    entry = film_vocabulary.alias()
    name = f"label_of_{position}"
    label = func.unnest(_labels(position)).table_valued("label").render_derived(name=name)
    entries = (
        _of(plan, position, entry.c.captured_at, entry.c.asset_id)
        .where(
            entry.c.kind == plan.shapes[position].kind.value,
            entry.c.label == literal_column(f"{name}.label"),
        )
        .lateral(f"entry_of_{position}")
    )
    query = select(entries.c.captured_at, entries.c.asset_id).select_from(
        label.join(entries, true())
    )
    return _first(query, entries.c.captured_at, entries.c.asset_id)


def _of(
    plan: Plan,
    position: int,
    captured_at: ColumnElement[Any],
    asset_id: ColumnElement[str],
) -> Select[Any]:
    """The next of some rows whose film can hold the rest of the expression too."""
    query = select(captured_at, asset_id).where(
        _is_after(captured_at, asset_id), _can_hold(plan, plan.root, asset_id, position)
    )
    if plan.in_library:
        ours = and_(asset.c.asset_id == asset_id, asset.c.library_slug == word("library"))
        query = query.where(_probed(select(literal(1)).select_from(asset).where(ours)))
    return _first(query, captured_at, asset_id)


def _can_hold(
    plan: Plan, term: Term, asset_id: ColumnElement[str], known: int
) -> ColumnElement[bool]:
    """What has to be in a film; of `known` it is known. An exclusion says nothing of a film."""
    if isinstance(term, AnyTerm):
        return or_(false(), *(_can_hold(plan, each, asset_id, known) for each in term.terms))
    if not isinstance(term, LeafTerm):
        return and_(true(), *(_can_hold(plan, each, asset_id, known) for each in term.terms))
    if term.position == known:
        return true()
    kind = plan.shapes[term.position].kind.value
    if plan.ways[term.position] is Way.LABELS:
        entry = film_vocabulary.alias()
        has = and_(entry.c.kind == kind, entry.c.label == any_(_labels(term.position)))
    else:
        entry = film_texts.alias()
        has = and_(entry.c.kind == kind, true())
        if plan.ways[term.position] is not Way.ANY_TEXT:
            has = and_(has, or_(entry.c.words.is_(None), _matches(entry.c.words, term.position)))
    return _probed(select(literal(1)).select_from(entry).where(entry.c.asset_id == asset_id, has))


def _probed(query: Select[Any]) -> ColumnElement[bool]:
    """Whether there is a row, asked film by film: `offset` keeps it from becoming a join of all."""
    return exists(query.offset(0))


def _has_words(plan: Plan, position: int) -> ColumnElement[bool]:
    words = film_texts.c.words
    return or_(words.is_(None), _matches(words, position))


def _matches(words: ColumnElement[Any], position: int) -> ColumnElement[bool]:
    return words.op("@@", is_comparison=True)(
        cast(bindparam(f"film_query_{position}", type_=Text), TSQUERY)
    )


def _labels(position: int) -> ColumnElement[Any]:
    return bindparam(f"labels_{position}", type_=ARRAY(Text))


def _is_after(captured_at: ColumnElement[Any], asset_id: ColumnElement[str]) -> ColumnElement[bool]:
    return tuple_(captured_at, asset_id, literal(1)) > tuple_(*_WALK)


def _first(query: Any, *order: ColumnElement[Any]) -> Select[Any]:
    first: Select[Any] = query.order_by(*order).limit(1)
    return first
