"""Words in a film: every match once, in one order, each with its source and its marks."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from rushes.artifacts.registry import default_registry
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.vocabulary import ArtifactType
from rushes.db.tables import runs
from rushes.errors import InvalidRequestError
from rushes.navigation.direction import Direction
from rushes.navigation.find import Found, Match, find
from rushes.navigation.sources import Source
from rushes.navigation.text_query import Strength
from tests.integration.artifacts.artifact_making import (
    FILM,
    SEGMENT,
    add_film,
    add_run,
    envelope,
    ocr_payload,
    segment_payload,
)

WORDS = ["dog", "cat", "the", "größe", "שלום", "it's"]
OCR = ArtifactType.OCR_TEXT


@dataclass(frozen=True)
class Line:
    """Something said or written, and where."""

    source: Source
    start_ms: int
    end_ms: int
    words: tuple[str, ...]


LINES = st.lists(
    st.builds(
        lambda source, start, length, words: Line(source, start, start + length, tuple(words)),
        st.sampled_from(list(Source)),
        st.integers(0, 30),
        st.integers(1, 20),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
    ),
    max_size=10,
)


@pytest.fixture(scope="module")
def repository() -> ArtifactRepository:
    return ArtifactRepository(default_registry())


@pytest.fixture
def film(engine: Engine) -> Engine:
    with engine.begin() as connection:
        add_film(connection)
    return engine


def _write(engine: Engine, repository: ArtifactRepository, lines: list[Line]) -> dict[str, Line]:
    """The film anew, with these lines in an unknown language. Returns them by artifact id."""
    with engine.begin() as connection:
        connection.execute(delete(runs))
        said, written = add_run(connection), add_run(connection, "ocr")
        made = {}
        for ordinal, line in enumerate(lines):
            text = " ".join(line.words)
            is_said = line.source is Source.TRANSCRIPT
            payload = segment_payload(text) if is_said else ocr_payload(text, None)
            if is_said:
                payload |= {"language": "und", "words": []}
            artifact = envelope(
                said if is_said else written,
                ordinal,
                SEGMENT if is_said else OCR,
                payload,
                (line.start_ms, line.end_ms),
            )
            repository.batch_create(connection, [artifact])
            made[artifact.artifact_id] = line
    return made


def _walk(engine: Engine, word: str, direction: Direction, limit: int) -> list[Match]:
    matches: list[Match] = []
    cursor = None
    while True:
        found = find(engine, FILM, word, direction=direction, limit=limit, cursor=cursor)
        matches += found.matches
        cursor = found.cursor
        if not found.has_more:
            return matches


def _ids(found: Found) -> list[str]:
    return [match.artifact_id for match in found.matches]


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lines=LINES,
    word=st.sampled_from(["dog", "cat", "größe", "שלום"]),
    from_ms=st.integers(0, 50),
    limit=st.integers(1, 4),
)
def test_each_match_is_found_once_in_the_order_of_start_and_id_with_its_source(
    film: Engine,
    repository: ArtifactRepository,
    lines: list[Line],
    word: str,
    from_ms: int,
    limit: int,
) -> None:
    made = _write(film, repository, lines)
    having = sorted((line.start_ms, name) for name, line in made.items() if word in line.words)
    expected = [name for _, name in having]
    onwards = _walk(film, word, Direction.NEXT, limit)
    assert [match.artifact_id for match in onwards] == expected
    back = _walk(film, word, Direction.PREV, limit)
    assert [match.artifact_id for match in back] == expected[::-1]
    for match in onwards:
        line = made[match.artifact_id]
        assert (match.source, match.start_ms, match.end_ms) == (
            line.source,
            line.start_ms,
            line.end_ms,
        )
        assert f"<mark>{word}</mark>" in match.snippet
    after = find(film, FILM, word, from_ms=from_ms, limit=50)
    assert _ids(after) == [name for name in expected if made[name].start_ms > from_ms]
    before = find(film, FILM, word, direction=Direction.PREV, from_ms=from_ms, limit=50)
    assert _ids(before) == [name for name in expected[::-1] if made[name].end_ms < from_ms]
    for source in Source:
        only = find(film, FILM, word, source=source, limit=50)
        assert _ids(only) == [name for name in expected if made[name].source is source]


def test_an_inflection_is_found_and_marked(film: Engine, repository: ArtifactRepository) -> None:
    with film.begin() as connection:
        run = add_run(connection)
        repository.batch_create(
            connection, [envelope(run, payload=segment_payload("two dogs & a cat <3"))]
        )
    (match,) = find(film, FILM, "dog").matches
    assert "<mark>dogs</mark>" in match.snippet
    plain = html.unescape(re.sub(r"</?mark>", "", match.snippet))
    assert plain == "two dogs & a cat <3"


def test_letters_answer_only_where_no_word_of_the_film_does(
    film: Engine, repository: ArtifactRepository
) -> None:
    _write(
        film,
        repository,
        [
            Line(Source.OCR, 0, 5, ("XRE16B",)),
            Line(Source.OCR, 10, 15, ("RE16",)),
            Line(Source.TRANSCRIPT, 20, 25, ("100%_sure",)),
        ],
    )
    by_word = find(film, FILM, "RE16")
    assert (by_word.matched, len(by_word.matches)) == (Strength.WORDS, 1)
    # After the only word there is nothing more, and letters before or after it are not mixed in.
    assert find(film, FILM, "RE16", from_ms=12).matches == ()
    by_letters = find(film, FILM, "RE1")
    assert by_letters.matched is Strength.LETTERS
    assert [match.start_ms for match in by_letters.matches] == [0, 10]
    assert by_letters.matches[0].snippet == "X<mark>RE1</mark>6B"
    # Wildcards are letters.
    assert find(film, FILM, "0_sure").matches == ()
    assert len(find(film, FILM, "0%_su").matches) == 1


@pytest.mark.parametrize(
    "text",
    ['"', "-", "a OR", "(", "\\", "%", "' or 1=1 --", "<->", ":*", "!", "the", "🐕", "\u202eabc"],
)
def test_no_query_is_too_strange(film: Engine, repository: ArtifactRepository, text: str) -> None:
    _write(film, repository, [Line(Source.TRANSCRIPT, 0, 5, ("dog",))])
    assert find(film, FILM, text).matches == ()


def test_what_cannot_be_asked_says_so(film: Engine) -> None:
    for wrong, code in (
        ({"text": "\0 "}, "empty_query"),
        ({"text": "x" * 3000}, "query_too_long"),
        ({"text": "dog", "cursor": "nonsense"}, "bad_cursor"),
        ({"text": "dog", "limit": 0}, "page_out_of_bounds"),
        ({"text": "dog", "from_ms": -1}, "page_out_of_bounds"),
    ):
        with pytest.raises(InvalidRequestError) as refused:
            find(film, FILM, **wrong)  # type: ignore[arg-type]
        assert refused.value.code == code


def test_a_phrase_of_stop_words_is_found_by_its_letters(
    film: Engine, repository: ArtifactRepository
) -> None:
    with film.begin() as connection:
        run = add_run(connection)
        repository.batch_create(
            connection, [envelope(run, payload=segment_payload("to be or not to be"))]
        )
    (match,) = find(film, FILM, '"not to be"').matches
    assert match.snippet == "to be or <mark>not to be</mark>"
    assert find(film, FILM, '"be to not"').matches == ()


def test_a_cursor_of_another_film_is_refused(film: Engine, repository: ArtifactRepository) -> None:
    _write(film, repository, [Line(Source.TRANSCRIPT, at, at + 1, ("dog",)) for at in range(3)])
    cursor = find(film, FILM, "dog", limit=1).cursor
    assert cursor is not None
    assert find(film, FILM, "dog", limit=2, cursor=cursor).cursor is None
    with pytest.raises(InvalidRequestError) as refused:
        find(film, "other", "dog", cursor=cursor)
    assert refused.value.code == "bad_cursor"
