"""People merged and hidden while runs of their films end: nothing drifts, nothing is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from people_making import add_run, scene
from sqlalchemy import Engine

from rushes.artifacts.derived import FILM_ANSWERS, verify
from rushes.people.service import PeopleService

ANN, BOB = 1, 2
ROUNDS = 20


def test_merging_while_a_run_ends_leaves_no_drift(
    films_engine: Engine, service: PeopleService
) -> None:
    with films_engine.begin() as connection:
        ann, bob = add_run(connection, "one", scene(ANN, 0, 3) + scene(BOB, 6, 9)).founded

    def run_ends(number: int) -> None:
        with films_engine.begin() as connection:
            film = "one" if number % 2 else "two"
            add_run(connection, film, scene(ANN, 0, 2) + scene(BOB, 6, 8))

    def people_change(number: int) -> None:
        if number % 2:
            service.undo()
        elif number % 4:
            service.hide(bob)
        else:
            service.merge(ann, [bob])

    with ThreadPoolExecutor(2) as pool:
        for number in range(ROUNDS):
            for done in [pool.submit(work, number) for work in (run_ends, people_change)]:
                done.result()
            with films_engine.begin() as connection:
                differing = verify(connection, ["one", "two"], [*FILM_ANSWERS, "face_clusters"])
            assert not any(differing.values()), (number, differing)
