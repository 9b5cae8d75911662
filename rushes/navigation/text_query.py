"""A person's words as conditions on a table of text, in two strengths.

Each row is asked in its own language, so that "dogs" finds "dog" in English and a name or a stop
word is found where the language is unknown. Where the words as written find nothing, the text is
looked for letter by letter.
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
    bindparam,
    false,
    func,
    literal,
    or_,
)
from sqlalchemy.dialects.postgresql import REGCONFIG

from rushes.db.reading import kept
from rushes.errors import InvalidRequestError
from rushes.search.query import limits

_HERE = Path(__file__).parent

_DASHES = re.compile(r'-(?:[^\w"]*-)+')
"""A dash of prose, `--`, leaves nothing out; and Postgres fails on dozens of negations in a row."""


class Strength(StrEnum):
    """How closely a hit has to follow the query."""

    WORDS = "words"
    """Every word or its inflections; quotes, OR and - as on the web."""
    LETTERS = "letters"
    """The text itself, case aside."""


def checked_text(text: str) -> str:
    """The query without what Postgres cannot hold.

    InvalidRequestError `empty_query` where nothing is left, `query_too_long`.
    """
    cleaned = limits.checked_text(text)
    if not cleaned:
        raise InvalidRequestError("the query is empty", code="empty_query")
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
    parameters = {"text": _DASHES.sub(" ", text)}
    return [Language(*row) for row in kept(_HERE, "languages").rows(connection, parameters)]


@dataclass(frozen=True, slots=True)
class QueryText:
    """A query in the forms that conditions are made with, as values or as parameters."""

    web: ColumnElement[str]
    """For `websearch_to_tsquery`."""
    pattern: ColumnElement[str]
    """For `ilike`, with the escape character `\\`."""
    as_written: ColumnElement[str]
    """For `~*`: the words as whole words."""

    @classmethod
    def parameters(cls, prefix: str, suffix: str = "") -> QueryText:
        """With bound parameters that `values` fills, for a statement that is kept."""
        return cls(*(bindparam(f"{prefix}_{form}{suffix}", type_=Text) for form in _FORMS))

    @staticmethod
    def values(text: str, prefix: str) -> dict[str, str]:
        """What the parameters of that prefix stand for."""
        return {f"{prefix}_{form}": each for form, each in zip(_FORMS, _forms(text), strict=True)}


_FORMS = ("web", "pattern", "as_written")


def letters_of(text: str) -> str:
    """What is looked for letter by letter: of a phrase what stands between its quotes."""
    inner = text.strip()[1:-1].strip()
    is_phrase = len(text) > 2 and text[0] == text[-1] == '"' and '"' not in inner
    return inner if is_phrase and inner else text


def _forms(text: str) -> tuple[str, str, str]:
    letters = letters_of(text)
    return (
        _DASHES.sub(" ", text),
        f"%{_escaped(letters)}%",
        rf"\m{re.escape(letters)}\M",
    )


def condition(
    table: Table, text: QueryText, strength: Strength, used: Sequence[Language]
) -> ColumnElement[bool]:
    """Rows of `table` (`transcript_fts` or `ocr_fts`) that match, in the languages `used`.

    Where a language leaves all of the words out, but another does not, its rows have to hold the
    words as they are written: what is said is then found beside what stands on screen.
    """
    if strength is Strength.LETTERS:
        return table.c.text.ilike(text.pattern, escape="\\")
    as_written = table.c.text.op("~*")(text.as_written)
    is_mixed = any(each.has_words for each in used)
    return or_(
        false(),
        *(
            and_(
                table.c.language == literal(language.name, REGCONFIG),
                as_written
                if is_mixed and not language.has_words
                else table.c.text_tsv.op("@@")(
                    func.websearch_to_tsquery(literal(language.name, REGCONFIG), text.web)
                ),
            )
            for language in used
        ),
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
