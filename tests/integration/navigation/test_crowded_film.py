"""Ten thousand artifacts at a hundred distinct times: each is met exactly once, both ways."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from rushes.errors import NotFoundError
from rushes.navigation.direction import Direction
from rushes.navigation.jump import jump
from rushes.navigation.kinds import Kind
from rushes.navigation.library_jump import jump_library
from rushes.navigation.wanted import Wanted
from tests.integration.navigation.drawn_films import Film, Run, write

_TIMES = 100
_OBJECTS = [Wanted(Kind.OBJECT)]
_FILL = """
with made as (
    insert into artifacts (artifact_id, asset_id, artifact_type, schema_version, span_start_ms,
        span_end_ms, payload, producer, producer_version, model_profile, config_hash, input_hash,
        run_id)
    select md5(n::text), r.asset_id, 'object.detection', 1, n % :times * 1000,
        n % :times * 1000 + 1000 + n % 7, '{}', 'test', '1', 'balanced', 'c', 'i', r.run_id
    from runs r cross join generate_series(1, :count) as n
    where r.asset_id = :film
    returning artifact_id, asset_id, run_id, span_start_ms, span_end_ms
)
insert into object_labels (artifact_id, asset_id, run_id, start_ms, end_ms, label, confidence)
select artifact_id, asset_id, run_id, span_start_ms, span_end_ms, 'dog', 0.5 from made
"""


def _crowded(engine: Engine, count: int) -> tuple[str, list[str]]:
    """A film with so many objects, and their ids in the one order."""
    film = Film([Run(Kind.OBJECT, [])])
    write(engine, [film])
    with engine.begin() as connection:
        values = {"film": film.asset_id, "count": count, "times": _TIMES}
        connection.execute(text(_FILL), values)
        connection.execute(text("update runs set finished_at = now()"))
        order = text("select artifact_id from object_labels order by start_ms, artifact_id")
        return film.asset_id, list(connection.execute(order).scalars())


def _walked(engine: Engine, film: str, way: Direction) -> Iterator[str]:
    cursor = "start" if way is Direction.NEXT else "end"
    while True:
        try:
            found = jump(engine, film, _OBJECTS, way, cursor=cursor)
        except NotFoundError:
            return
        cursor = found.cursor
        yield found.artifact_ids[0]


def _paged(engine: Engine, way: Direction) -> Iterator[str]:
    cursor = None
    while True:
        page = jump_library(engine, _OBJECTS, way, limit=50, cursor=cursor)
        for each in page.results:
            yield each.jump.artifact_ids[0]
        if not page.has_more:
            return
        cursor = page.cursor


def test_each_of_ten_thousand_artifacts_is_met_once_in_both_directions(engine: Engine) -> None:
    film, order = _crowded(engine, 10_000)
    assert len(set(order)) == 10_000
    assert list(_paged(engine, Direction.NEXT)) == order
    assert list(_paged(engine, Direction.PREV)) == order[::-1]
    cursors = _cursors(engine, film, order)
    for place, cursor in cursors.items():
        following = jump(engine, film, _OBJECTS, Direction.NEXT, cursor=cursor)
        previous = jump(engine, film, _OBJECTS, Direction.PREV, cursor=cursor)
        assert following.artifact_ids == (order[place + 1],)
        assert previous.artifact_ids == (order[place - 1],)


def _cursors(engine: Engine, film: str, order: list[str]) -> dict[int, str]:
    """Of some places in the order, those at the bounds of equal starts among them."""
    from rushes.navigation.place import film_cursor

    chance, each = random.Random(3), len(order) // _TIMES
    places = {*chance.sample(range(1, len(order) - 1), 100), each - 1, each, 7 * each - 1, 7 * each}
    return {place: film_cursor(film, 1000 * (place // each), order[place]) for place in places}


def test_a_thousand_steps_of_a_hundred_times_go_forth_and_back(engine: Engine) -> None:
    film, order = _crowded(engine, 1_000)
    assert list(_walked(engine, film, Direction.NEXT)) == order
    assert list(_walked(engine, film, Direction.PREV)) == order[::-1]


@pytest.mark.deep
def test_ten_thousand_steps_go_forth_and_back(engine: Engine) -> None:
    film, order = _crowded(engine, 10_000)
    assert list(_walked(engine, film, Direction.NEXT)) == order
    assert list(_walked(engine, film, Direction.PREV)) == order[::-1]
