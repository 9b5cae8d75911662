"""When a file is taken: the same size and mtime in two looks far enough apart."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rushes.library.listing import ListedFile
from rushes.library.stability import FileRecord, Observation, first_seen, observe

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
FILM = ListedFile("a.mp4", 10, 1)


def record(
    *, seconds_ago: float = 0, size: int = 10, state: str = "settling", content: str | None = None
) -> FileRecord:
    seen = NOON - timedelta(seconds=seconds_ago)
    return FileRecord("a.mp4", size, 1, seen, state, content)


def look(
    old: FileRecord | None, stability_seconds: float = 60, *, retry_rejected: bool = False
) -> Observation:
    return observe(
        [FILM],
        {"a.mp4": old} if old else {},
        now=NOON,
        stability_seconds=stability_seconds,
        retry_rejected=retry_rejected,
    )


@pytest.mark.parametrize(
    "old", [None, record(seconds_ago=59.9), record(seconds_ago=900, size=9), record(seconds_ago=-9)]
)
def test_a_file_that_was_not_the_same_for_long_settles(old: FileRecord | None) -> None:
    assert look(old).settling == [FILM]


def test_a_file_that_stayed_the_same_is_hashed() -> None:
    assert look(record(seconds_ago=60)).to_hash == [FILM]


def test_without_a_guard_a_file_is_hashed_at_first_sight() -> None:
    assert look(None, 0).to_hash == [FILM]


def test_a_file_that_was_renamed_need_not_settle() -> None:
    old = replace(record(state="taken", content="s1:k"), path="old.mp4")

    def settling(*films: ListedFile) -> list[ListedFile]:
        looked = observe(films, {"old.mp4": old}, now=NOON, stability_seconds=60)
        return looked.settling

    still_there = ListedFile("old.mp4", 10, 1)
    assert settling(FILM) == []
    assert settling(FILM, still_there) == [FILM]
    assert settling(replace(FILM, mtime_ns=2)) == [replace(FILM, mtime_ns=2)]


def test_a_file_whose_hash_is_known_is_not_hashed_again() -> None:
    assert look(record(state="taken", content="s1:k")).hashed == {"a.mp4": "s1:k"}
    assert look(record(state="taken", content="s1:k", size=9)).hashed == {}


def test_a_file_that_could_not_be_read_waits_for_a_change_or_a_demand() -> None:
    bad = record(state="rejected", seconds_ago=900)
    assert look(bad).rejected == [bad]
    assert look(bad, retry_rejected=True).to_hash == [FILM]
    assert look(record(state="rejected", seconds_ago=900, size=9), 0).to_hash == [FILM]


def test_the_guard_starts_when_size_and_mtime_were_first_seen() -> None:
    old = record(seconds_ago=30)
    assert first_seen(old, FILM, NOON) == old.first_seen_at
    assert first_seen(record(seconds_ago=30, size=9), FILM, NOON) == NOON
    assert first_seen(record(seconds_ago=-30), FILM, NOON) == NOON
