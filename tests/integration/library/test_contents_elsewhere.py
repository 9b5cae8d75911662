"""Films of two libraries share a content hash only once all of their bytes were compared."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from library_under_test import LibraryUnderTest
from sqlalchemy import event, select

from rushes.db.tables import asset_versions
from rushes.library.content_hash import (
    BLOCK_BYTES,
    FULL_PREFIX,
    SAMPLED_PREFIX,
    WHOLE_FILE_BYTES,
    sampled_offsets,
)
from rushes.library.report import ScanReport


def large(path: Path, mark: bytes) -> None:
    """A film whose `mark` lies between the sampled blocks."""
    size = WHOLE_FILE_BYTES + 20 * BLOCK_BYTES
    with path.open("wb") as out:
        out.truncate(size)
        out.seek(sampled_offsets(size)[5] + BLOCK_BYTES + 100)
        out.write(mark)


@pytest.fixture
def other(library: LibraryUnderTest) -> Path:
    """The root of a second library, `other`."""
    root = library.root.with_name("other")
    root.mkdir()
    library.service.add(root)
    return root


def scan_other(library: LibraryUnderTest) -> ScanReport:
    return library.service.scan("other", stability_seconds=0, now=library.now)


def contents(library: LibraryUnderTest) -> dict[str, str]:
    """Path -> content hash."""
    return {str(row["path"]): str(row["content_hash"]) for row in library.rows().values()}


def full_hashes(library: LibraryUnderTest) -> list[str | None]:
    with library.engine.connect() as connection:
        return list(connection.scalars(select(asset_versions.c.full_hash)))


def test_a_lookalike_of_a_film_of_another_library_has_a_name_of_its_own(
    library: LibraryUnderTest, other: Path
) -> None:
    large(library.root / "a.mp4", b"1")
    large(other / "b.mp4", b"2")
    library.scan()
    scan_other(library)
    found = contents(library)
    assert found["a.mp4"].startswith(SAMPLED_PREFIX)
    assert found["b.mp4"].startswith(FULL_PREFIX)
    assert None not in full_hashes(library)


def test_a_copy_in_another_library_shares_the_content_hash(
    library: LibraryUnderTest, other: Path
) -> None:
    large(library.root / "a.mp4", b"1")
    large(other / "b.mp4", b"1")
    library.scan()
    scan_other(library)
    found = contents(library)
    assert found["a.mp4"] == found["b.mp4"]
    assert len(set(full_hashes(library))) == 1


def test_what_was_learnt_of_a_film_serves_when_its_library_is_away(
    library: LibraryUnderTest, other: Path
) -> None:
    large(library.root / "a.mp4", b"1")
    library.scan()
    large(other / "b.mp4", b"2")
    scan_other(library)
    library.root.rename(library.root.with_name("unplugged"))
    large(other / "c.mp4", b"1")
    scan_other(library)
    found = contents(library)
    assert found["c.mp4"] == found["a.mp4"] != found["b.mp4"]


@pytest.mark.parametrize("trouble", ["away", "touched", "replaced"])
def test_nothing_is_shared_with_a_film_that_cannot_be_compared(
    library: LibraryUnderTest, other: Path, trouble: str
) -> None:
    large(library.root / "a.mp4", b"1")
    library.scan()
    if trouble == "away":
        library.root.rename(library.root.with_name("unplugged"))
    elif trouble == "touched":
        os.utime(library.root / "a.mp4", ns=(1, 1))
    else:
        library.write({"a.mp4": "other content"})
        library.scan()
    large(other / "b.mp4", b"1")
    large(other / "c.mp4", b"1")
    scan_other(library)
    found = contents(library)
    assert found["b.mp4"] == found["c.mp4"]
    assert found["b.mp4"].startswith(FULL_PREFIX)


def test_a_touched_film_keeps_the_name_it_got_while_the_other_was_away(
    library: LibraryUnderTest, other: Path
) -> None:
    large(library.root / "a.mp4", b"1")
    library.scan()
    away = library.root.rename(library.root.with_name("unplugged"))
    large(other / "b.mp4", b"1")
    scan_other(library)
    away.rename(library.root)
    os.utime(other / "b.mp4", ns=(1, 1))
    report = scan_other(library)
    assert (report.unchanged, report.changed) == (1, [])


def test_a_film_that_another_library_took_meanwhile_waits_for_the_next_scan(
    library: LibraryUnderTest, other: Path
) -> None:
    large(library.root / "a.mp4", b"1")
    large(other / "b.mp4", b"2")

    # The lookup of this scan comes first, the other scan is done before this one writes.
    raced: list[str] = []

    def race(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if "from asset_versions" in statement and not raced:
            raced.append(statement)
            scan_other(library)

    event.listen(library.engine, "after_cursor_execute", race)
    report = library.scan()
    assert report.settling == ["a.mp4"]
    library.scan()
    found = contents(library)
    assert found["a.mp4"].startswith(FULL_PREFIX)
    assert found["b.mp4"].startswith(SAMPLED_PREFIX)


def test_small_films_are_not_read_again_for_another_library(
    library: LibraryUnderTest, other: Path
) -> None:
    library.write({"a.mp4": "A"})
    (other / "b.mp4").write_text("A")
    library.scan()
    scan_other(library)
    found = contents(library)
    assert found["a.mp4"] == found["b.mp4"]
    assert full_hashes(library) == [None, None]
