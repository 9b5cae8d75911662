"""Queries for the artifacts that answer, a statement a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    bindparam,
    func,
    literal,
    select,
    tuple_,
    union_all,
)

from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.schemas import LARGEST_MS
from rushes.artifacts.selection import Selection, stands
from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType
from rushes.db.answer_tables import longest_spans
from rushes.db.reading import Statement
from rushes.db.tables import artifacts, runs
from rushes.errors import InvalidRequestError
from rushes.navigation.cursor import CursorValue, decode, encode

MAX_PAGE = 1000
"""Artifacts of one page at most."""
_MOST: Final = bindparam("most", type_=Integer)


@dataclass(frozen=True, slots=True)
class Range:
    """Artifacts that overlap [from_ms, to_ms); None: without that bound.

    InvalidRequestError `bad_range` where it is none.
    """

    from_ms: int | None = None
    to_ms: int | None = None

    def __post_init__(self) -> None:
        bounds = [each for each in (self.from_ms, self.to_ms) if each is not None]
        if not all(0 <= each <= LARGEST_MS for each in bounds):
            raise _bad_range(f"a time is out of bounds: {bounds}", f"use 0 to {LARGEST_MS} ms")
        if len(bounds) == 2 and bounds[0] >= bounds[1]:
            raise _bad_range("the range ends before it begins", "give from_ms < to_ms")

    @property
    def values(self) -> dict[str, int]:
        """The bounds that there are, by name."""
        both = {"from_ms": self.from_ms, "to_ms": self.to_ms}
        return {name: bound for name, bound in both.items() if bound is not None}


EVERYWHERE = Range()


@dataclass(frozen=True, slots=True)
class ArtifactPage:
    """Artifacts in their order, and the cursor of what follows; None where nothing does."""

    artifacts: tuple[ArtifactEnvelope, ...]
    cursor: str | None
    origins: Mapping[str, str]
    """Of the runs that they are of."""

    @classmethod
    def cut(
        cls,
        found: Sequence[ArtifactEnvelope],
        limit: int,
        origins: Mapping[str, str],
        place: Callable[[ArtifactEnvelope], tuple[CursorValue, ...]],
    ) -> ArtifactPage:
        """A page of what was read with one more than `limit`; `place` is what a cursor holds."""
        shown = tuple(found[:limit])
        onwards = encode(place(shown[-1])) if len(found) > limit else None
        return cls(shown, onwards, origins)


def checked_limit(limit: int) -> int:
    """`limit` where a page may be so long, else InvalidRequestError `page_out_of_bounds`."""
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidRequestError(
            f"limit {limit} is out of bounds",
            code="page_out_of_bounds",
            remedy=f"use 1 to {MAX_PAGE}",
        )
    return limit


def answering(
    asset_id: str,
    artifact_type: ArtifactType | None = None,
    span: Range = EVERYWHERE,
    selection: Selection | None = None,
    *,
    cursor: str | None = None,
    limit: int | None = None,
) -> tuple[Statement, dict[str, Any]]:
    """A film's answering artifacts in the order (start, artifact_id), `limit` after the cursor.

    Each with the `origin` of its run. A statement that is kept, and its values.
    """
    values: dict[str, Any] = {"asset_id": asset_id, "most": limit, **span.values}
    if cursor is not None:
        values["at_ms"], values["at_id"] = decode(cursor, int, str)
    return _answering(artifact_type, frozenset(values), selection), values


@lru_cache(maxsize=256)
def _answering(
    artifact_type: ArtifactType | None, given: frozenset[str], selection: Selection | None
) -> Statement:
    """Each type is read in its index's own order, and no further than the page needs."""
    types = list(ArtifactType) if artifact_type is None else [artifact_type]
    each = (select(_of_type(kind, given, selection).subquery()) for kind in types)
    found = union_all(*each).subquery("found")
    order = (found.c.span_start_ms, found.c.artifact_id)
    page = select(found).order_by(*order).limit(_MOST).subquery("page")
    query = (
        select(page, runs.c.origin)
        .join(runs, runs.c.run_id == page.c.run_id)
        .order_by(page.c.span_start_ms, page.c.artifact_id)
    )
    return Statement.of(query)


def of_producer(
    producer: str, producer_version: str | None = None, config_hash: str | None = None
) -> Select[Any]:
    """What a producer made in all films, of whichever run, in no order."""
    column = artifacts.c
    query = select(artifacts).where(column.producer == producer)
    if producer_version is not None:
        query = query.where(column.producer_version == producer_version)
    if config_hash is not None:
        query = query.where(column.config_hash == config_hash)
    return query


def page_of_producer(
    producer: str,
    producer_version: str | None,
    config_hash: str | None,
    cursor: str | None,
    limit: int,
) -> Select[Any]:
    """The same in the order of an index: version and id, or of one configuration id alone."""
    query = of_producer(producer, producer_version, config_hash)
    order = [artifacts.c.artifact_id]
    if config_hash is None:
        order.insert(0, artifacts.c.producer_version)
    if cursor is not None:
        after = decode(cursor, *(str for _ in order))
        query = query.where(tuple_(*order) > tuple_(*map(literal, after)))
    return query.order_by(*order).limit(limit)


def _of_type(
    artifact_type: ArtifactType, given: frozenset[str], selection: Selection | None
) -> Select[Any]:
    column, asset_id = artifacts.c, bindparam("asset_id", type_=Text)
    order = (column.span_start_ms, column.artifact_id)
    query = select(artifacts).where(
        column.asset_id == asset_id,
        column.artifact_type == artifact_type.value,
        stands(artifacts, asset_id, STAGE_OF_TYPE[artifact_type], selection),
    )
    if "to_ms" in given:
        query = query.where(column.span_start_ms < _ms("to_ms"))
    if "from_ms" in given:
        # The first that can reach so far begins no earlier than the longest allows: that an index
        # can look for, and that an end lies behind a time it cannot.
        earliest = func.coalesce(_ms("from_ms") - _longest(asset_id, artifact_type), -1)
        query = query.where(column.span_end_ms > _ms("from_ms"), column.span_start_ms > earliest)
    if "at_ms" in given:
        there = tuple_(_ms("at_ms"), bindparam("at_id", type_=Text))
        query = query.where(column.span_start_ms >= _ms("at_ms"), tuple_(*order) > there)
    return query.order_by(*order).limit(_MOST)


def _longest(asset_id: ColumnElement[str], artifact_type: ArtifactType) -> ColumnElement[int]:
    return (
        select(longest_spans.c.longest_ms)
        .where(
            longest_spans.c.asset_id == asset_id,
            longest_spans.c.artifact_type == artifact_type.value,
        )
        .scalar_subquery()
    )


def _ms(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=BigInteger)


def _bad_range(message: str, remedy: str) -> InvalidRequestError:
    return InvalidRequestError(message, code="bad_range", remedy=remedy)
