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
