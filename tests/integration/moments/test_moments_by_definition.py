"""Whatever is asked of whatever films: the moments are those of the definition."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moment_making import BY_HAND, NEWEST, OLDER, Film, Thing, write
from moment_oracle import TEXTS, moments_by_definition
from settling import settle
from sqlalchemy import Connection, Engine

from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import ModelProfile
from rushes.moments.expression import Asking
from rushes.moments.find import Moment, Scope, moments_in, run
from rushes.moments.measure import measure
from rushes.moments.plan import make_plan
from rushes.moments.terms import numbered
from rushes.navigation.wanted import look_up

NAMES = ("Ann", "Bob")
VALUES = {
    "object": st.sampled_from(["dog", "cat"]),
    "person": st.sampled_from(NAMES),
    "place": st.just("beach"),
    "said": st.sampled_from(["exit", "door", "green door", "exit door", "green"]),
    "written": st.sampled_from(["exit", "door", "door green", "green exit"]),
    "scene": st.just(""),
}
CONFIDENCES = st.sampled_from([0.25, 0.75])


@st.composite
def things(draw: st.DrawFn) -> Thing:
    what = draw(st.sampled_from(sorted(VALUES)))
    start, length = draw(st.integers(0, 60)), draw(st.integers(1, 15))
    runs = [NEWEST, NEWEST, NEWEST, OLDER, BY_HAND]
    if what == "person":
        runs = [NEWEST, OLDER]
    return Thing(
        what,
        draw(VALUES[what]),
        start,
        start + length,
        draw(st.sampled_from(runs)),
        draw(CONFIDENCES),
    )


FILMS = st.lists(
    st.tuples(st.lists(things(), max_size=14), st.sampled_from([None, 0, 1])),
    min_size=1,
    max_size=3,
)


@st.composite
def leaves(draw: st.DrawFn) -> dict[str, Any]:
    what = draw(st.sampled_from(["object", "person", "place", "said", "written", "scene"]))
    if what == "scene":
        return {"scene": True}
    texts = st.sampled_from(sorted(TEXTS))
    leaf = {what: draw(texts if what in ("said", "written") else VALUES[what])}
    if draw(st.integers(0, 4)) == 0:
        leaf["min_confidence"] = 0.5
    return leaf


def joined(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    excluded = inner.map(lambda each: {"not": each})
    parts = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        parts.map(lambda several: {"any": several}),
        st.tuples(parts, st.lists(excluded, max_size=1), st.sampled_from([0, 1, 4, 9])).map(
            lambda made: {"all": [*made[0], *made[1]], "within_ms": made[2]}
        ),
        st.tuples(parts, st.sampled_from([0, 3, 20])).map(
            lambda made: {"all": made[0], "within_ms": made[1]}
        ),
    )


EXPRESSIONS = joined(st.one_of(leaves(), joined(leaves()), leaves()))
FAST = Selection(SelectionMode.PROFILE, preferred_profile=ModelProfile.FAST)


def plain(found: list[Moment]) -> list[Any]:
    """As the oracle says it."""
    return [
        (
            each.video_id,
            each.start_ms,
            each.end_ms,
            [(one.found, [a["artifact_id"] for a in one.artifacts]) for one in each.evidence],
        )
        for each in found
    ]


def walked(connection: Connection, expression: Any, scope: Scope) -> list[Moment]:
    """All pages, one after another."""
    found: list[Moment] = []
    asked = Asking.of(expression).expression
    while True:
        page = moments_in(connection, asked, scope)
        found += page.moments
        if page.cursor is None:
            return found
        assert len(page.moments) == scope.limit
        scope = replace(scope, cursor=page.cursor)


def without_planning(connection: Connection, expression: Any, like: Scope) -> list[Any]:
    """Film, start and end, where every film is walked and every leaf is read whole."""
    tree = numbered(Asking.of(expression).expression)
    asked = [look_up(connection, each.node.wanted()) for each in tree.leaves]
    sizes = measure(connection, tree.leaves, asked, None)
    plan = make_plan(tree, [each.shape for each in asked], sizes, selection=like.selection)
    plan = replace(plan, steps=(), by_vocabulary=False)
    rows = run(connection, plan, tree, asked, sizes, {"most": 1000})
    return [(row.asset_id, row.start_ms, row.end_ms) for row in rows]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(made=FILMS, asked=st.lists(EXPRESSIONS, min_size=3, max_size=3), limit=st.integers(1, 4))
def test_moments_are_those_of_the_definition(
    engine: Engine, made: list[Any], asked: list[Any], limit: int
) -> None:
    films = [Film(f"f{at}", rows, day) for at, (rows, day) in enumerate(made)]
    with engine.connect() as connection:
        write(connection, films, NAMES)
        settle(connection)
        for number, expression in enumerate(asked):
            run_used, selection = (OLDER, FAST) if number == 2 else (NEWEST, None)
            scope = Scope(selection=selection, limit=50 if number else limit)
            expected = moments_by_definition(films, expression, run_used)
            found = walked(connection, expression, scope)
            assert plain(found) == expected, expression
            if number:
                whole = [each[:3] for each in expected]
                assert without_planning(connection, expression, scope) == whole
        connection.rollback()
