"""What is looked for: one kind of thing, all of it or what a person named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from rushes.db.reading import kept
from rushes.errors import InvalidRequestError, NotFoundError
from rushes.navigation.kinds import KIND_TABLES, Kind
from rushes.navigation.text_query import Language, QueryText, Strength, checked_text, languages


@dataclass(frozen=True, slots=True)
class Wanted:
    """A kind and what limits it. InvalidRequestError `bad_filter` where they do not fit together.

    `label` goes with objects and places, `person` (a name or a cluster id) with people, `text`
    (words, "a phrase", OR, -without) with what was said or is written. `min_confidence` is 0..1;
    None: whatever the confidence.
    """

    kind: Kind
    label: str | None = None
    person: str | None = None
    text: str | None = None
    min_confidence: float | None = None

    def __post_init__(self) -> None:
        fits = {
            "label": self.kind in (Kind.OBJECT, Kind.PLACE),
            "person": self.kind is Kind.PERSON,
            "text": KIND_TABLES[self.kind].has_words,
            "min_confidence": self.kind is not Kind.SCENE,
        }
        for name, fitting in fits.items():
            if getattr(self, name) is not None and not fitting:
                raise InvalidRequestError(
                    f"{name} does not go with kind {self.kind}",
                    code="bad_filter",
                    remedy=f"leave {name} out, or ask for another kind",
                )
        if self.min_confidence is not None and not 0 <= self.min_confidence <= 1:
            raise InvalidRequestError(
                f"min_confidence {self.min_confidence} is not 0 to 1", code="bad_filter"
            )


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a `Wanted` decides the statement; all else is a parameter."""

    kind: Kind
    has_label: bool
    has_person: bool
    has_min_confidence: bool
    strength: Strength | None
    languages: tuple[Language, ...]
    has_one_person: bool = False
    """In the place of `has_person`, with the id as `person`: an index then keeps its order."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A `Wanted` that was looked up: its shape, and the values of its parameters by name."""

    shape: Shape
    values: dict[str, Any] = field(hash=False)

    def parameters(self, position: int) -> dict[str, Any]:
        """The values for a statement in which this is the `position`th of several."""
        return {f"{name}_{position}": value for name, value in self.values.items()}


def look_up(
    connection: Connection,
    wanted: Wanted,
    library: str | None = None,
    strength: Strength = Strength.WORDS,
) -> Asked:
    """Names to people, words to languages. `library`: whose people are meant; None: all.

    NotFoundError `person_not_found`; InvalidRequestError `empty_query`, `query_too_long`.
    """
    values: dict[str, Any] = {}
    used: Sequence[Language] = ()
    if wanted.label is not None:
        values["label"] = _storable(wanted.label)
    if wanted.person is not None:
        values["people"] = _people(connection, _storable(wanted.person), library)
    if wanted.min_confidence is not None:
        values["min_confidence"] = wanted.min_confidence
    if wanted.text is not None:
        text = checked_text(wanted.text)
        used = languages(connection, text)
        values |= QueryText.values(text, "text")
    shape = Shape(
        wanted.kind,
        wanted.label is not None,
        wanted.person is not None,
        wanted.min_confidence is not None,
        strength if wanted.text is not None else None,
        tuple(used),
    )
    return Asked(shape, values)


def _people(connection: Connection, text: str, library: str | None) -> list[str]:
    """The ids of everybody who is meant by an id or a name, whatever its case."""
    values = {"text": text, "library": library}
    found = kept(Path(__file__).parent, "people_meant").rows(connection, values)
    if found:
        return [row.effective_id for row in found if row.by_id == found[0].by_id]
    raise NotFoundError(
        f"there is nobody called {text!r}",
        code="person_not_found",
        remedy="see the vocabulary of kind person: `rushes vocabulary --kind person`",
    )


def _storable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "ignore").decode()
