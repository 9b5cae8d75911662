"""Moments at which an expression holds, across films or in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine

from rushes.artifacts.selection import Selection
from rushes.db.reading import reading
from rushes.errors import InvalidRequestError
from rushes.library.repository import get_library, get_video
from rushes.moments.expression import Leaf, Node
from rushes.moments.measure import Measure, measure
from rushes.moments.plan import Plan, Way, make_plan
from rushes.moments.statement import statement_of
from rushes.moments.terms import AllTerm, Numbered, NumberedLeaf, numbered
from rushes.navigation import cursor as cursors
from rushes.navigation.wanted import Asked, look_up

MAX_MOMENTS: Final = 50


@dataclass(frozen=True, slots=True)
class Evidence:
    """What of one leaf lies in a moment, or near enough."""

    place: str
    """Where the leaf stands in the expression, such as `all[0]`."""
    leaf: Leaf
    found: int
    """All of them; `artifacts` has the first few."""
    artifacts: Sequence[dict[str, Any]]
    """artifact_id, kind, value, confidence, start_ms, end_ms, run_id, producer, model_profile,
    origin, in order of (start_ms, artifact_id)."""

    @property
    def asked(self) -> dict[str, Any]:
        """The leaf as it was written."""
        return self.leaf.model_dump(exclude_none=True)


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of a film, in ms, at which the expression holds."""

    video_id: str
    library: str
    path: str
    capture_time: datetime | None
    start_ms: int
    end_ms: int
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Moments:
    """A page of moments. `cursor` leads to the next page; None: there are no more."""

    moments: tuple[Moment, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Scope:
    """Where is looked, by which runs, and how much is shown."""

    library: str | None = None
    video_id: str | None = None
    selection: Selection | None = None
    limit: int = 20
    cursor: str | None = None


def moments(engine: Engine, expression: Node, scope: Scope | None = None) -> Moments:
    """The moments of `expression`, in order of (capture time, asset_id, start).

    NotFoundError `person_not_found`, `library_not_found`, `video_not_found`; InvalidRequestError
    `bad_cursor`, `empty_query`, `query_too_long`, `invalid_request` for a limit out of bounds.
    """
    scope = scope or Scope()
    if not 1 <= scope.limit <= MAX_MOMENTS:
        raise InvalidRequestError(f"limit {scope.limit} is not 1 to {MAX_MOMENTS}")
    if scope.video_id is not None:
        get_video(engine, scope.video_id)
    with reading(engine) as connection:
        if scope.library is not None:
            get_library(connection, scope.library)
        return moments_in(connection, expression, scope)


def moments_in(connection: Connection, expression: Node, scope: Scope) -> Moments:
    """The same on a connection, for a library and a film that are known to be there."""
    after = _after(scope.cursor)
    tree = numbered(expression)
    asked = [look_up(connection, each.node.wanted(), scope.library) for each in tree.leaves]
    sizes = measure(connection, tree.leaves, asked, scope.library)
    plan = make_plan(
        tree,
        [each.shape for each in asked],
        sizes,
        selection=scope.selection,
        in_library=scope.library is not None,
        in_film=scope.video_id is not None,
        goes_on=scope.cursor is not None,
    )
    values = {"most": scope.limit, "library": scope.library, "video_id": scope.video_id, **after}
    rows = run(connection, plan, tree, asked, sizes, values)
    found = [_moment(row, tree.leaves) for row in rows[: scope.limit]]
    return Moments(tuple(found), _cursor(found[-1]) if len(rows) > scope.limit else None)


def run(
    connection: Connection,
    plan: Plan,
    tree: Numbered,
    asked: Sequence[Asked],
    sizes: Sequence[Measure],
    values: dict[str, Any],
) -> Sequence[Any]:
    """The rows of a plan's statement. `values`: `most`, and what the plan has beside leaves."""
    for leaf, one, size in zip(tree.leaves, asked, sizes, strict=True):
        values |= one.parameters(leaf.position)
        values[f"reach_{leaf.position}"] = leaf.reach_ms
        if plan.ways[leaf.position] is Way.LABELS:
            values[f"labels_{leaf.position}"] = list(size.labels or ())
        else:
            values[f"film_query_{leaf.position}"] = size.film_query
    values |= {f"within_{number}": ms for number, ms in tree.within_ms.items()}
    values["around_ms"] = around_ms(tree)
    return statement_of(plan).rows(connection, values)


def around_ms(tree: Numbered) -> int:
    """How far from a leaf that has to be there another can matter.

    What is true at a time depends on leaves no farther away than twice the sum of the within_ms
    above them, once to be near and once to be joined over a gap; the outermost joins what is
    found already. Two leaves are at most so far from one time.
    """
    farthest = max(each.reach_ms for each in tree.leaves)
    outermost = tree.root.number if isinstance(tree.root, AllTerm) else None
    return 2 * (2 * farthest - (0 if outermost is None else tree.within_ms[outermost]))


def _moment(row: Any, leaves: Sequence[NumberedLeaf]) -> Moment:
    return Moment(
        video_id=row.asset_id,
        library=row.library_slug,
        path=row.path,
        capture_time=row.capture_time,
        start_ms=row.start_ms,
        end_ms=row.end_ms,
        evidence=tuple(
            Evidence(
                each.place,
                each.node,
                getattr(row, f"found_{each.position}"),
                getattr(row, f"artifacts_{each.position}"),
            )
            for each in leaves
            if not each.is_negated
        ),
    )


def _cursor(last: Moment) -> str:
    captured = None if last.capture_time is None else last.capture_time.isoformat()
    return cursors.encode((captured, last.video_id, last.start_ms))


def _after(cursor: str | None) -> dict[str, Any]:
    if cursor is None:
        return {}
    captured, film, start_ms = cursors.decode(cursor, (str, type(None)), str, int)
    return {
        "after_captured": None if captured is None else _time(str(captured)),
        "after_film": film,
        "after_start": start_ms,
    }


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise InvalidRequestError(
            "that is no cursor of an answer",
            code="bad_cursor",
            remedy="take the cursor of the answer before, or leave it out to begin anew",
        )
    return time
