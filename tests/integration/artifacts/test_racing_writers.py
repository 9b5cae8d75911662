"""Several who write at once: in the end what is derived equals a fresh derivation."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

from artifact_making import FILM, SEGMENT, add_run, envelope, segment_payload
from psycopg.errors import ForeignKeyViolation
from sqlalchemy import Engine, delete, func, select, text
from sqlalchemy.exc import IntegrityError

from rushes.artifacts.corrections import CorrectionItem, correct, withdraw
from rushes.artifacts.derived import FILM_ANSWERS, derived_films, verify
from rushes.artifacts.policies import set_policy
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import ModelProfile
from rushes.db.tables import artifacts, asset, runs

ROUNDS = 20


def drift(engine: Engine) -> dict[str, int]:
    with engine.begin() as connection:
        found = verify(connection, derived_films(connection), FILM_ANSWERS)
    return {name: count for name, count in found.items() if count}


def at_once(*works: Callable[[], object]) -> None:
    """All of them, let go together; what one raises is raised."""
    start = Barrier(len(works))

    def begun(work: Callable[[], object]) -> object:
        start.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(begun, work) for work in works]:
            done.result()


def _run(engine: Engine, store: ArtifactRepository, number: int) -> str:
    with engine.begin() as connection:
        run_id = add_run(connection, profile="fast" if number % 2 else "balanced")
        texts = [segment_payload(f"{number} {place}") for place in range(3)]
        store.batch_create(
            connection,
            [envelope(run_id, place, payload=each) for place, each in enumerate(texts)],
        )
    return run_id


def _correction(engine: Engine, store: ArtifactRepository, number: int) -> str:
    with engine.begin() as connection:
        start = number % 3 * 1000
        item = CorrectionItem(start, start + 1000, {"text": f"said {number}"})
        return correct(connection, store, FILM, SEGMENT, [item], "Ada")


def test_runs_and_corrections_of_one_film_that_end_at_once_leave_no_drift(
    film_engine: Engine, repository: ArtifactRepository
) -> None:
    for number in range(ROUNDS):
        second = _correction if number % 2 else _run
        at_once(
            lambda number=number: _run(film_engine, repository, number),  # type: ignore[misc]
            lambda number=number, second=second: second(film_engine, repository, number + 100),  # type: ignore[misc]
        )
        assert drift(film_engine) == {}
    with film_engine.connect() as connection:
        made = connection.scalar(select(func.count()).select_from(runs))
        found = repository.answering(connection, FILM, SEGMENT)
    assert made == 2 * ROUNDS
    assert [each.producer for each in found] == ["human"] * 3


def test_what_is_taken_away_while_a_run_ends_leaves_no_drift(
    film_engine: Engine, repository: ArtifactRepository
) -> None:
    def chosen(number: int) -> None:
        with film_engine.begin() as connection:
            mode = SelectionMode.PROFILE if number % 2 else SelectionMode.LATEST
            set_policy(connection, [FILM], [SEGMENT], Selection(mode, ModelProfile.FAST))

    def withdrawn(run_id: str) -> None:
        with film_engine.begin() as connection:
            withdraw(connection, run_id, "Ada")

    for number in range(ROUNDS):
        run_id = _correction(film_engine, repository, number)
        taking: Callable[[], object] = (
            (lambda number=number: chosen(number))  # type: ignore[misc]
            if number % 2
            else (lambda run_id=run_id: withdrawn(run_id))  # type: ignore[misc]
        )
        at_once(lambda number=number: _run(film_engine, repository, number), taking)  # type: ignore[misc]
        assert drift(film_engine) == {}


def test_a_film_that_is_deleted_while_a_run_of_it_ends_leaves_nothing_behind(
    film_engine: Engine, repository: ArtifactRepository
) -> None:
    def deleted() -> None:
        with film_engine.begin() as connection:
            connection.execute(delete(asset))

    def ended() -> None:
        with suppress(IntegrityError, ForeignKeyViolation):
            _run(film_engine, repository, 1)

    _run(film_engine, repository, 0)
    at_once(deleted, ended)
    with film_engine.begin() as connection:
        assert connection.scalar(select(func.count()).select_from(artifacts)) == 0
        assert connection.scalar(text("select count(*) from film_changes")) == 0
        assert derived_films(connection) == []
    assert drift(film_engine) == {}
