"""What is wanted as streams: each one kind with one label, one person, or one query.

Spans of one stream lie in the order of an index, so that a walk stops where its answer ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, Row

from rushes.errors import InvalidRequestError
from rushes.navigation.kinds import Kind
from rushes.navigation.text_query import Strength
from rushes.navigation.wanted import Asked, Wanted, look_up

Rows = Sequence[Row[Any]]
MOST_PEOPLE: Final = 8
"""People of one name that get a stream each; of more, all are one stream."""


def fitting(
    kinds: Sequence[Kind],
    *,
    label: str | None = None,
    person: str | None = None,
    text: str | None = None,
    min_confidence: float | None = None,
) -> list[Wanted]:
    """Each kind with those of the filters that go with it.

    InvalidRequestError `bad_filter` where one goes with none of them.
    """
    given = {"label": label, "person": person, "text": text, "min_confidence": min_confidence}
    asked = dict.fromkeys(kinds)
    for name, value in given.items():
        if value is not None and not _KINDS_OF_FILTER[name] & asked.keys():
            raise InvalidRequestError(
                f"{name} does not go with kind {', '.join(asked)}",
                code="bad_filter",
                remedy=f"use it with kind {', '.join(sorted(_KINDS_OF_FILTER[name]))}",
            )
    return [
        Wanted(
            kind,
            label=label if kind in _KINDS_OF_FILTER["label"] else None,
            person=person if kind in _KINDS_OF_FILTER["person"] else None,
            text=text if kind in _KINDS_OF_FILTER["text"] else None,
            min_confidence=min_confidence if kind in _KINDS_OF_FILTER["min_confidence"] else None,
        )
        for kind in asked
    ]


def kinds_of(
    *, label: str | None = None, person: str | None = None, text: str | None = None
) -> list[Kind]:
    """The kinds that these filters go with, in a fixed order; without filters scenes."""
    given = {"label": label, "person": person, "text": text}
    meant = [_KINDS_OF_FILTER[name] for name, value in given.items() if value is not None]
    return [kind for kind in Kind if any(kind in each for each in meant)] or [Kind.SCENE]


_KINDS_OF_FILTER: Final = {
    "label": {Kind.OBJECT, Kind.PLACE},
    "person": {Kind.PERSON},
    "text": {Kind.TRANSCRIPT, Kind.OCR},
    "min_confidence": set(Kind) - {Kind.SCENE},
}


def answered(
    connection: Connection,
    wanted: Sequence[Wanted],
    library: str | None,
    rows: Callable[[Sequence[Asked], bool], Rows],
) -> Rows:
    """The rows of what is wanted: by words, or by letters where words find nothing at all.

    `rows(streams, everywhere)` asks the streams from the place of the question, or `everywhere`
    for any one row. That words find nothing is decided over the whole film or library and not
    from some place on, so that every step of a walk decides the same.
    """
    streams = streams_of(connection, wanted, library)
    texts = [each for each in streams if each.shape.strength is not None]
    others = [each for each in streams if each.shape.strength is None]
    words = [each for each in texts if any(language.has_words for language in each.shape.languages)]
    if not texts:
        return rows(streams, False)
    if words and not others:
        if found := rows(streams, False):
            return found
        if rows(words, True):
            return []
    elif words and rows(words, True):
        return rows(streams, False)
    return rows([*others, *(_by_letters(each) for each in texts)], False)


def streams_of(
    connection: Connection, wanted: Sequence[Wanted], library: str | None = None
) -> list[Asked]:
    """The streams of what is wanted. InvalidRequestError `bad_filter` for a kind asked twice."""
    kinds = [each.kind for each in wanted]
    if not kinds or len(set(kinds)) < len(kinds):
        raise InvalidRequestError(
            "each kind is asked for once" if kinds else "no kind is asked for", code="bad_filter"
        )
    known: dict[tuple[str, float | None], Asked] = {}
    streams: list[Asked] = []
    for each in wanted:
        streams += _one_person_each(_looked_up(connection, each, library, known))
    return streams


def _looked_up(
    connection: Connection,
    wanted: Wanted,
    library: str | None,
    known: dict[tuple[str, float | None], Asked],
) -> Asked:
    """`known`: texts that were looked up; what is said and what is written is one question."""
    if wanted.label is not None and not wanted.label.strip("\0"):
        raise InvalidRequestError("label is empty", code="bad_filter", remedy="leave it out")
    if wanted.text is None:
        return look_up(connection, wanted, library)
    key = (wanted.text, wanted.min_confidence)
    if key not in known:
        known[key] = look_up(connection, wanted, library)
    return replace(known[key], shape=replace(known[key].shape, kind=wanted.kind))


def _one_person_each(asked: Asked) -> list[Asked]:
    ids = asked.values.get("people", ())
    if not 1 <= len(ids) <= MOST_PEOPLE:
        return [asked]
    shape = replace(asked.shape, has_person=False, has_one_person=True)
    others = {name: value for name, value in asked.values.items() if name != "people"}
    return [Asked(shape, {**others, "person": each}) for each in ids]


def _by_letters(asked: Asked) -> Asked:
    return replace(asked, shape=replace(asked.shape, strength=Strength.LETTERS))
