"""Films that were missing and lie there again: nothing of theirs is lost on the way."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from library_under_test import LibraryUnderTest


def test_a_film_that_comes_back_is_taken_at_once(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A", "b.mp4": "B"})
    (film, _) = library.scan().new
    aside = library.root.with_name("aside.mp4")
    (library.root / "a.mp4").rename(aside)
    assert library.scan().missing == [film]
    aside.rename(library.root / "a.mp4")
    report = library.scan(stability_seconds=60)
    assert report.returned == [film]
    assert report.settling == []


def test_a_missing_film_that_lies_there_again_is_not_deleted(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A", "b.mp4": "B"})
    (film, _) = library.scan().new
    aside = library.root.with_name("aside.mp4")
    (library.root / "a.mp4").rename(aside)
    library.scan()
    aside.rename(library.root / "a.mp4")
    assert library.service.delete_missing("films", now=library.now) == []
    assert library.states()[film] == "missing"


def test_what_is_kept_of_a_film_goes_before_its_row_so_that_a_repeat_finishes(
    library: LibraryUnderTest,
) -> None:
    library.write({"a.mp4": "A", "b.mp4": "B"})
    (film, other) = library.scan().new
    content = library.rows()[film]["content_hash"]
    (library.root / "a.mp4").unlink()
    library.scan()
    told: list[Mapping[str, str]] = []

    def killed(doomed: Mapping[str, str]) -> None:
        told.append(doomed)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.service.delete_missing("films", now=library.now, before_deletion=killed)
    assert library.states() == {film: "missing", other: "present"}
    again = library.service.delete_missing("films", now=library.now, before_deletion=told.append)
    assert again == [film]
    assert told == [{film: content}, {film: content}]
    assert library.states() == {other: "present"}


def test_a_spared_film_is_neither_deleted_nor_told(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A", "b.mp4": "B"})
    (film, _) = library.scan().new
    (library.root / "a.mp4").unlink()
    library.scan()
    told: list[Mapping[str, str]] = []
    deleted = library.service.delete_missing(
        "films", now=library.now, spared=[film], before_deletion=told.append
    )
    assert deleted == told == []
    assert library.states()[film] == "missing"
