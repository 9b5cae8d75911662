"""Films that were deleted, seen from the library: what goes, what stays, what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from library_under_test import LibraryUnderTest

from rushes.errors import InvalidRequestError, NotFoundError
from rushes.library.pages import library_statuses
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.deletion import FilmDeletion
from tests.idle_runner import IdleRunner


@pytest.fixture
def runner() -> IdleRunner:
    return IdleRunner()


@pytest.fixture
def deletion(library: LibraryUnderTest, runner: IdleRunner) -> Iterator[FilmDeletion]:
    context = PipelineContext(library.settings, library.engine)
    yield FilmDeletion(context, runner, "test")
    context.close()


def _missing(
    library: LibraryUnderTest, deletion: FilmDeletion, older_than: timedelta = timedelta(0)
) -> list[str]:
    removed = deletion.delete_missing("films", older_than, now=library.now)
    return [each.asset_id for each in removed]


def _one_gone(library: LibraryUnderTest) -> tuple[str, str]:
    """Two films, the first of them gone; their ids."""
    library.write({"a.mp4": "A", "b.mp4": "B"})
    gone, other = library.scan().new
    (library.root / "a.mp4").unlink()
    library.scan()
    return gone, other


def test_missing_films_are_deleted_only_when_asked_and_old_enough(
    library: LibraryUnderTest, deletion: FilmDeletion
) -> None:
    gone, other = _one_gone(library)
    library.now += timedelta(hours=23) - timedelta(minutes=1)
    assert _missing(library, deletion, timedelta(days=1)) == []
    library.now += timedelta(hours=2)
    assert _missing(library, deletion, timedelta(days=1)) == [gone]
    assert library.states() == {other: "present"}


def test_nothing_is_deleted_while_the_library_is_offline(
    library: LibraryUnderTest, deletion: FilmDeletion
) -> None:
    _one_gone(library)
    library.root.rename(library.root.with_name("elsewhere"))
    library.scan()
    with pytest.raises(InvalidRequestError) as caught:
        _missing(library, deletion)
    assert caught.value.code == "library_offline"


def test_a_missing_film_that_lies_there_again_is_not_deleted(
    library: LibraryUnderTest, deletion: FilmDeletion
) -> None:
    gone, other = _one_gone(library)
    library.write({"a.mp4": "A"})
    assert _missing(library, deletion) == []
    assert library.states() == {gone: "missing", other: "present"}


def test_a_missing_film_that_a_run_is_at_work_on_stays_until_the_next_call(
    library: LibraryUnderTest, deletion: FilmDeletion, runner: IdleRunner
) -> None:
    gone, other = _one_gone(library)
    runner.busy = {gone}
    assert (_missing(library, deletion), runner.forgotten) == ([], [])
    runner.busy = set()
    assert _missing(library, deletion) == runner.forgotten == [gone]
    assert library.states() == {other: "present"}


def test_a_deleted_film_stays_away_though_its_file_lies_there(
    library: LibraryUnderTest, deletion: FilmDeletion
) -> None:
    library.write({"a.mp4": "A", "b.mp4": "B"})
    film, other = library.scan().new
    deletion.delete([film])
    assert (library.root / "a.mp4").read_text() == "A"
    for options in ({}, {"retry_rejected": True}, {"stability_seconds": 60}):
        report = library.scan(**options)  # type: ignore[arg-type]
        assert (report.new, report.rejected, report.deleted) == ([], [], ["a.mp4"])
    assert "1 deleted on demand" in report.summary
    assert library.states() == {other: "present"}
    assert library.service.status("films").rejected == 0
    with library.engine.connect() as connection:
        assert [each.rejected for each in library_statuses(connection)] == [0]


def test_a_deleted_film_comes_back_when_asked_for_by_its_path_or_changed(
    library: LibraryUnderTest, deletion: FilmDeletion
) -> None:
    library.write({"a.mp4": "A", "b.mp4": "B", "c.mp4": "C"})
    films = library.scan().new
    deletion.delete(films[:2])
    asked = library.scan(only="a.mp4", retry_rejected=True)
    assert (len(asked.new), asked.deleted) == (1, [])
    library.write({"b.mp4": "changed"})
    report = library.scan()
    assert (len(report.new), report.deleted) == (1, [])
    assert len({*films, *asked.new, *report.new}) == 5


def test_a_file_that_is_deleted_too_is_forgotten(
    library: LibraryUnderTest, deletion: FilmDeletion
) -> None:
    library.write({"a.mp4": "A", "b.mp4": "B"})
    deletion.delete([library.scan().new[0]])
    (library.root / "a.mp4").unlink()
    assert library.scan().deleted == []
    library.write({"a.mp4": "A"})
    assert len(library.scan().new) == 1


def test_a_library_that_is_being_scanned_is_waited_for_and_then_refused(
    library: LibraryUnderTest, runner: IdleRunner
) -> None:
    from rushes.library.scan_store import library_lock

    library.write({"a.mp4": "A"})
    film = library.scan().new[0]
    context = PipelineContext(library.settings, library.engine)
    deletion = FilmDeletion(context, runner, "test", lock_wait_seconds=0.2)
    with (
        library_lock(library.engine, "films", 0),
        pytest.raises(InvalidRequestError) as caught,
    ):
        deletion.delete([film])
    assert caught.value.code == "library_busy"
    assert library.states() == {film: "present"}
    context.close()


def test_a_film_that_is_not_there_is_named_and_nothing_is_deleted(
    library: LibraryUnderTest, deletion: FilmDeletion
) -> None:
    library.write({"a.mp4": "A"})
    film = library.scan().new[0]
    with pytest.raises(NotFoundError, match="nowhere"):
        deletion.delete([film, "nowhere"])
    assert library.states() == {film: "present"}
