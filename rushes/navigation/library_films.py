"""Films that can have what is asked for, in the order of the library: by what is kept a film."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Select,
    Text,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from rushes.db.answer_tables import film_texts, film_vocabulary
from rushes.db.reading import kept
from rushes.db.tables import asset
from rushes.navigation.direction import Direction
from rushes.navigation.kinds import KIND_TABLES
from rushes.navigation.rows import word
from rushes.navigation.text_query import QueryText, Strength, condition
from rushes.navigation.wanted import Asked, Shape

_HERE = Path(__file__).parent
_TIMESTAMP: Final = DateTime(timezone=True)
_CAPTURED: Final = func.coalesce(
    asset.c.capture_time, literal_column("'infinity'::timestamptz", _TIMESTAMP)
)
"""As in the index of films."""

Column = ColumnElement[Any]


def film_query(connection: Connection, asked: Asked) -> str | None:
    """What the words of a film must have for it to match, as a tsquery; None: nothing."""
    shape = asked.shape
    if shape.strength is not Strength.WORDS or not all(each.has_words for each in shape.languages):
        return None
    names = [each.name for each in shape.languages]
    wanted = {"web": asked.values["text_web"], "languages": names}
    needed: str | None = kept(_HERE, "film_query").rows(connection, wanted)[0].needed
    return needed


class Reach(StrEnum):
    """How far films are looked at."""

    NEAR = "near"
    """One by one, up to the film `near_film` captured `near_captured`: for words of many films."""
    ALL = "all"
    """One by one, to the end of the order: where they are few."""
    INDEX = "index"
    """Those that the index of words names: for words of few films."""


@dataclass(frozen=True, slots=True)
class FilmsThatCan:
    """Which films are walked over for one stream.

    Parameters: those of the shape; `film_query_N` where `by_words`; `library` where `in_library`;
    and where `onwards`, the film `at_film` captured `at_captured`, from which on.
    """

    shape: Shape
    position: int
    direction: Direction
    by_policy: bool
    """False: a request's own selection may choose what the kept vocabulary does not know."""
    by_words: bool
    in_library: bool
    onwards: bool
    reach: Reach

    def queries(self) -> Iterator[Select[Any]]:
        """Of `captured_at` and `asset_id`; no film is in two of them.

        Each can be walked in that order by an index, and is left to the planner.
        """
        if not self.by_policy:
            yield self._assets()
        elif self.shape.strength is None:
            yield self._in_vocabulary()
        elif self.shape.strength is Strength.LETTERS:
            yield self._with_letters()
        else:
            yield from self._with_words()

    def _assets(self) -> Select[Any]:
        return self._bounded(_CAPTURED, asset.c.asset_id, asset.c.library_slug)

    def _in_vocabulary(self) -> Select[Any]:
        of, shape = film_vocabulary.c, self.shape
        query = self._bounded(of.captured_at, of.asset_id, of.library_slug)
        query = query.where(of.kind == shape.kind.value)
        if shape.has_person:  # so many of one name: a film may have several
            ids = bindparam(f"people_{self.position}", type_=ARRAY(Text))
            query = query.where(of.label == any_(ids)).distinct()
        elif shape.has_one_person or shape.has_label:
            name = "person" if shape.has_one_person else "label"
            query = query.where(of.label == word(f"{name}_{self.position}"))
        else:
            query = query.where(of.label == literal_column("''", Text))
        if shape.has_min_confidence and KIND_TABLES[shape.kind].has_confidence:
            query = query.where(of.best_confidence >= bindparam(f"min_confidence_{self.position}"))
        return query

    def _with_words(self) -> Iterator[Select[Any]]:
        of = film_texts.c
        query = self._of_texts(of).where(of.kind == self.shape.kind.value)
        if not self.by_words:
            yield query
            return
        needed = cast(word(f"film_query_{self.position}"), TSQUERY)
        if self.reach is Reach.INDEX:
            found = select(of.captured_at, of.asset_id, of.kind).where(of.words.op("@@")(needed))
            having = self._in_order(found, of.captured_at, of.asset_id, "having_words")
            yield self._of_texts(having).where(having.kind == self.shape.kind.value)
            yield query.where(of.words.is_(None))  # too many words to be kept
            return
        every = query.add_columns(of.words)
        films = self._in_order(every, of.captured_at, of.asset_id, "with_their_words")
        has_words = or_(films.words.is_(None), films.words.op("@@")(needed))
        yield select(films.captured_at, films.asset_id).where(has_words)

    def _with_letters(self) -> Select[Any]:
        table = KIND_TABLES[self.shape.kind].table
        text = QueryText.parameters("text", f"_{self.position}")
        has_letters = condition(table, text, Strength.LETTERS, ())
        having = select(table.c.asset_id).where(has_letters).distinct().subquery("having")
        found = select(
            _CAPTURED.label("captured_at"), asset.c.asset_id, asset.c.library_slug
        ).join_from(having, asset, having.c.asset_id == asset.c.asset_id)
        films = self._in_order(found, _CAPTURED, asset.c.asset_id, "having_letters")
        return self._bounded(films.captured_at, films.asset_id, films.library_slug)

    def _of_texts(self, of: ReadOnlyColumnCollection[str, Any]) -> Select[Any]:
        query = self._bounded(of.captured_at, of.asset_id, asset.c.library_slug)
        return query.join(asset, asset.c.asset_id == of.asset_id) if self.in_library else query

    def _bounded(self, captured_at: Column, asset_id: Column, library: Column) -> Select[Any]:
        query = select(captured_at.label("captured_at"), asset_id.label("asset_id"))
        if self.in_library:
            query = query.where(library == word("library"))
        here = tuple_(captured_at, asset_id)
        begin = tuple_(cast(word("at_captured"), _TIMESTAMP), word("at_film"))
        end = tuple_(cast(word("near_captured"), _TIMESTAMP), word("near_film"))
        if self.direction is Direction.PREV:
            begin, end = end, begin
        ahead = self.direction is Direction.NEXT
        if self.onwards if ahead else self.reach is Reach.NEAR:
            query = query.where(here >= begin)
        if self.reach is Reach.NEAR if ahead else self.onwards:
            query = query.where(here <= end)
        return query

    def _in_order(
        self, query: Select[Any], captured_at: Column, asset_id: Column, name: str
    ) -> ReadOnlyColumnCollection[str, Any]:
        # The offset keeps apart what is asked within and without: else a kept plan, which does not
        # know how many films have the words, walks where it should look up, or the other way round.
        order = [captured_at, asset_id]
        if self.direction is Direction.PREV:
            order = [each.desc() for each in order]
        return query.order_by(*order).offset(literal_column("0")).subquery(name).c
