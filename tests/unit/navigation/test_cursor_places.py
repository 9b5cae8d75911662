"""Cursors of walks: what one says comes back, and nothing else is taken for one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.errors import InvalidRequestError
from rushes.navigation import cursor as cursors
from rushes.navigation.place import (
    FilmPlace,
    LibraryPlace,
    film_cursor,
    film_place,
    library_cursor,
    library_place,
)

_IDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
_MS = st.integers(0, 2**63 - 1)


@given(_IDS, _MS, _IDS)
def test_a_cursor_of_a_film_comes_back_as_its_place(film: str, start: int, artifact: str) -> None:
    assert film_place(film_cursor(film, start, artifact), film) == FilmPlace(start, artifact)


@given(st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))), _IDS, _MS, _IDS)
def test_a_cursor_of_the_library_comes_back_to_the_microsecond(
    captured: datetime | None, film: str, start: int, artifact: str
) -> None:
    place = LibraryPlace(captured, film, start, artifact)
    assert library_place(library_cursor(place)) == place


@pytest.mark.parametrize(
    "cursor",
    [
        "", "x", "W10", "ends", film_cursor("other", 1, "a"), cursors.encode((1, "a")),
        library_cursor(LibraryPlace(None, "film", 1, "a")),
        cursors.encode(("film", "film", 1.5, "a")), cursors.encode(("film", "film", "1", "a")),
    ],
)  # fmt: skip
def test_no_other_text_is_a_cursor_of_the_film(cursor: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        film_place(cursor, "film")
    assert refused.value.code == "bad_cursor"


@pytest.mark.parametrize(
    "cursor",
    [
        film_cursor("film", 1, "a"), cursors.encode(("library", 2**62, "film", 1, "a")),
        cursors.encode(("library", -(2**62), "film", 1, "a")),
        cursors.encode(("library", 1.5, "film", 1, "a")),
    ],
)  # fmt: skip
def test_no_other_text_is_a_cursor_of_the_library(cursor: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        library_place(cursor)
    assert refused.value.code == "bad_cursor"


def test_the_ends_have_words_of_their_own() -> None:
    first, last = (film_place(word, "film") for word in ("start", "end"))
    assert first.start_ms < 0
    assert last.start_ms == 2**63 - 1
