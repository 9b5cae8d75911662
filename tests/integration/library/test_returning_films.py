"""Films that were missing and lie there again: nothing of theirs is lost on the way."""

from __future__ import annotations

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
