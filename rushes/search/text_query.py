"""A person's words as conditions on a table of text, in three strengths.

Each row is asked in its own language, so that "dogs" finds "dog" in English and a name or a stop
word is found where the language is unknown. Where the words as written find nothing, the text is
looked for letter by letter, and at last any of the words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    Text,
    and_,
    cast,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import REGCONFIG, TSQUERY

from rushes.db.sql import load_sql
from rushes.errors import InvalidRequestError

MAX_QUERY_CHARACTERS = 2000
_HERE = Path(__file__).parent

_EXCLUSION = re.compile(r'(?:^|\s)-[\w"]')
_DASHES = re.compile(r'-(?:[^\w"]*-)+')
"""A dash of prose, `--`, leaves nothing out; and Postgres fails on dozens of negations in a row."""


class Strength(StrEnum):
    """How closely a hit has to follow the query."""

    WORDS = "words"
    """Every word or its inflections; quotes, OR and - as on the web."""
    LETTERS = "letters"
    """The text itself, case aside."""
    ANY_WORD = "any_word"
    """At least one of the words."""


def strengths(text: str, *, any_word: bool) -> tuple[Strength, ...]:
    """What is tried in turn. A text that excludes a word is never loosened to any of its words."""
    if any_word and not _EXCLUSION.search(text):
        return tuple(Strength)
    return (Strength.WORDS, Strength.LETTERS)


def checked_text(text: str) -> str:
    """The query without what Postgres cannot hold; InvalidRequestError where nothing is left."""
    cleaned = text.replace("\0", " ").encode("utf-8", "ignore").decode().strip()
    if not cleaned:
        raise InvalidRequestError("the query is empty", code="empty_query")
    if len(cleaned) > MAX_QUERY_CHARACTERS:
        raise InvalidRequestError(
            f"the query has {len(cleaned)} characters",
            code="query_too_long",
            remedy=f"use at most {MAX_QUERY_CHARACTERS}",
        )
    return cleaned


@dataclass(frozen=True, slots=True)
class Language:
    """A text search configuration in use, and whether the query has a word in it at all.

    "himself" has none in English, which leaves such words out of its index.
    """

    name: str
    has_words: bool


def languages(connection: Connection, text: str) -> list[Language]:
    """The text search configurations in use, seen from a query."""
    used = connection.execute(load_sql(_HERE, "languages")).scalars().all()
    if not used:
        return []
    words = (func.numnode(_query(text, Strength.WORDS, language)) > 0 for language in used)
    found = connection.execute(select(*words)).one()
    return [Language(name, has) for name, has in zip(used, found, strict=True)]


def condition(
    table: Table, text: str, strength: Strength, used: Sequence[Language]
) -> ColumnElement[bool]:
    """Rows of `table` (`transcript_fts` or `ocr_fts`) that match, in the languages `used`.

    Where a language leaves all of the words out, but another does not, its rows have to hold the
    words as they are written: what is said is then found beside what stands on screen.
    """
    if strength is Strength.LETTERS:
        return table.c.text.ilike(f"%{_escaped(text)}%", escape="\\")
    as_written = table.c.text.op("~*")(rf"\m{re.escape(text)}\M")
    is_mixed = strength is Strength.WORDS and any(each.has_words for each in used)
    return or_(
        false(),
        *(
            and_(
                table.c.language == cast(literal(language.name), REGCONFIG),
                as_written
                if is_mixed and not language.has_words
                else table.c.text_tsv.op("@@")(_query(text, strength, language.name)),
            )
            for language in used
        ),
    )


def row_query(table: Table, text: str, strength: Strength) -> ColumnElement[object]:
    """The tsquery of a row, in its own language: for ranking and marking."""
    return _tsquery(text, strength, table.c.language)


def _query(text: str, strength: Strength, language: str) -> ColumnElement[object]:
    return _tsquery(text, strength, cast(literal(language), REGCONFIG))


def _tsquery(
    text: str, strength: Strength, language: ColumnElement[object]
) -> ColumnElement[object]:
    query = func.websearch_to_tsquery(language, _DASHES.sub(" ", text))
    if strength is not Strength.ANY_WORD:
        return query
    # A negation among alternatives would match nearly everything, so it is taken as a word.
    words = func.websearch_to_tsquery(language, text.replace("-", " ").replace('"', " "))
    return cast(func.replace(cast(words, Text), "&", "|"), TSQUERY)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
