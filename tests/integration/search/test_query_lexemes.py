"""The lexemes of a query are those of the texts that are searched."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

import pytest
from sqlalchemy import Connection, update

from rushes.db.reading import reading
from rushes.db.search_tables import search_ledger_serial
from rushes.errors import InvalidRequestError
from rushes.search.documents import build_documents
from rushes.search.query.lexemes import WordLexemes
from rushes.search.query.matching import DocumentView, matches
from rushes.search.query.parsing import parse
from rushes.search.query.serialising import to_quickwit
from rushes.search.query.tree import Scope
from rushes.search.request import Filters
from rushes.search.snapshot import SnapshotReader
from tests.integration.indexed_films import IndexedFilms, on_screen
from tests.integration.search.answers.fake_engine import use_index
from tests.unit.search.query.query_texts import HOSTILE, random_text


@pytest.fixture
def connection(films: IndexedFilms) -> Iterator[Connection]:
    with reading(films.engine) as connection:
        yield connection


def query_lexemes(connection: Connection, words: Sequence[str]) -> Mapping[str, WordLexemes]:
    return SnapshotReader().read(connection, Filters(), words).lexemes


def test_english_and_unstemmed_words_are_known_before_any_film_is(connection: Connection) -> None:
    found = query_lexemes(connection, ["running", "the", "Häuser"])
    assert found["running"] == WordLexemes(("run", "running"))
    assert found["the"] == WordLexemes(("the",), is_left_out=True)
    assert found["Häuser"].lexemes == ("häuser",)


def test_each_language_in_use_adds_its_own(films: IndexedFilms, connection: Connection) -> None:
    films.said("Die Häuser liefen.", language="de")
    films.run(films.film(), [on_screen("les chevaux", language="fr")])
    found = query_lexemes(connection, ["Häuser", "chevaux", "die"])
    assert set(found["Häuser"].lexemes) >= {"haus", "häuser"}
    assert "cheval" in found["chevaux"].lexemes
    assert found["die"].is_left_out, "German leaves it out, English does not"


@pytest.mark.parametrize(
    "word", ["RE-16", "a.b@c.de/x", "well-known", "½", "_", "<b>", "日本\u3000語"]
)
def test_a_word_that_is_several_has_no_lexeme_of_a_part(connection: Connection, word: str) -> None:
    found = query_lexemes(connection, [word, "dog"])
    assert not {"re", "16", "well", "known"} & set(found[word].lexemes)
    assert not found[word].is_left_out
    assert all(lexeme.split() == [lexeme] for lexeme in found[word].lexemes)


def test_a_language_is_in_use_at_once_where_nothing_is_published(
    films: IndexedFilms, connection: Connection
) -> None:
    reader = SnapshotReader()
    assert "haus" not in reader.read(connection, Filters(), ["Häuser"]).lexemes["Häuser"].lexemes
    films.said("Die Häuser liefen.", language="de")
    assert "haus" in reader.read(connection, Filters(), ["Häuser"]).lexemes["Häuser"].lexemes


def test_languages_of_what_is_published_are_read_once_a_serial(
    films: IndexedFilms, connection: Connection
) -> None:
    films.said("The house.")
    use_index(films.engine)
    reader = SnapshotReader()

    def lexemes(*, in_full: bool = False) -> tuple[str, ...]:
        found = reader.read(connection, Filters(), ["Häuser"], in_full=in_full)
        return found.lexemes["Häuser"].lexemes

    assert "haus" not in lexemes()
    films.said("Die Häuser liefen.", language="de")
    assert "haus" not in lexemes(), "nothing of it is published"
    assert "haus" in lexemes(in_full=True)
    with films.engine.begin() as publishing:
        next_serial = search_ledger_serial.c.serial + 1
        publishing.execute(update(search_ledger_serial).values(serial=next_serial))
    assert "haus" in lexemes()
    assert "haus" in lexemes(), "remembered"


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("dog run", True),
        ("running dogs", True),
        ("the dogs", True),
        ('"dogs are"', True),
        ("said:dog", True),
        ("written:entries", True),
        ("ENTR", True),
        ("written:dog", False),
        ("cat", False),
        ("dogs -the", True),
        ("-entry", False),
    ],
)
def test_a_text_finds_a_document_of_a_film(
    films: IndexedFilms, connection: Connection, text: str, is_found: bool
) -> None:
    film = films.said("The dogs are running home.")
    films.run(film, [on_screen("NO ENTRY", language="en")])
    (document,) = build_documents(connection, [film])[film]
    query = parse(text, Scope.ALL, lambda words: query_lexemes(connection, words))
    assert matches(query.node, DocumentView.of(document)) is is_found


def test_no_text_breaks_the_question_for_lexemes(connection: Connection) -> None:
    source = random.Random(11)
    answered = 0
    for text in (*HOSTILE, *(random_text(source) for _ in range(300))):
        try:
            query = parse(text, Scope.ALL, lambda words: query_lexemes(connection, words))
        except InvalidRequestError:
            continue
        to_quickwit(query.node).encode()
        answered += 1
    assert answered > 200
