"""How rare each leaf is: what decides where a search begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from rushes.db.reading import kept
from rushes.moments.terms import NumberedLeaf
from rushes.navigation.wanted import Asked

_HERE = Path(__file__).parent

FEW_FILMS: Final = 100
"""Words in no more films than this are looked up; beyond it films are walked in their order."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A leaf's size. `films` and `spans` are None where there are too many to count."""

    films: int | None
    spans: int | None
    labels: tuple[str, ...] | None
    """Of its rows in `film_vocabulary`; None: it is asked of `film_texts`."""
    film_query: str | None = None
    """A tsquery for all the words of a film; None: a film as a whole cannot be asked."""


def measure(
    connection: Connection,
    leaves: Sequence[NumberedLeaf],
    asked: Sequence[Asked],
    library: str | None,
) -> list[Measure]:
    """The size of each leaf, in one statement."""
    labels = [_labels(each) for each in asked]
    rows = kept(_HERE, "measure").rows(
        connection,
        {
            **_of_labels(asked, labels),
            **_of_words(asked),
            "library": library,
            "most": FEW_FILMS + 1,
        },
    )
    sizes = {row.position: row for row in rows}
    return [_measure(sizes.get(leaf.position), labels[leaf.position]) for leaf in leaves]


def _measure(size: Any, labels: tuple[str, ...] | None) -> Measure:
    if labels is not None:
        return Measure(int(size.films), int(size.spans), labels)
    if size is None:  # no text is indexed in any language
        return Measure(0, 0, None, "")
    if size.film_query is None or size.films > FEW_FILMS:
        return Measure(None, None, None, size.film_query)
    return Measure(int(size.films), int(size.spans), None, size.film_query)


def _labels(asked: Asked) -> tuple[str, ...] | None:
    if asked.shape.strength is not None:
        return None
    if asked.shape.has_one_person:
        return (asked.values["person"],)
    if asked.shape.has_person:
        return tuple(asked.values["people"])
    return (asked.values.get("label", ""),)


def _of_labels(
    asked: Sequence[Asked], labels: Sequence[tuple[str, ...] | None]
) -> dict[str, list[Any]]:
    rows = [
        (position, asked[position].shape.kind.value, label)
        for position, several in enumerate(labels)
        for label in several or ()
    ]
    return dict(zip(("positions", "kinds", "labels"), _columns(rows, 3), strict=True))


def _of_words(asked: Sequence[Asked]) -> dict[str, list[Any]]:
    rows = [
        (
            position,
            each.shape.kind.value,
            each.values["text_web"],
            language.name,
            any(other.has_words for other in each.shape.languages),
        )
        for position, each in enumerate(asked)
        for language in each.shape.languages
        if each.shape.strength is not None
    ]
    names = ("word_positions", "word_kinds", "webs", "languages", "mixed")
    return dict(zip(names, _columns(rows, len(names)), strict=True))


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[list[Any]]:
    return [[row[at] for row in rows] for at in range(count)]
