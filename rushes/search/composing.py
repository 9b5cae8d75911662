"""From what is found to an answer: one page of hits, with evidence and names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Engine

from rushes.db.reading import reading
from rushes.search.asking import Asked
from rushes.search.facets import labelled
from rushes.search.found import Found, Question
from rushes.search.hydration import hydrate
from rushes.search.neighbours import where_it_was_said_first
from rushes.search.query.shaping import positive_leaves
from rushes.search.request import Matched, Missing, Mode, SearchAnswer, SearchSource

Find: TypeAlias = Callable[[Question], Found]
"""An engine that is asked."""
Compose: TypeAlias = Callable[[Asked, Find, SearchSource, Sequence[Missing]], SearchAnswer]
"""Asks the engine and makes the answer; raises what the engine raises."""


@dataclass(frozen=True, slots=True)
class Closest:
    """What was found by the closest reading of the words that finds anything."""

    matched: Matched
    question: Question
    found: Found


def closest(asked: Asked, find: Find) -> Closest:
    """As the words say; where nothing has them, and it is allowed, more loosely."""
    nothing: list[Closest] = []
    for matched, question in asked.questions:
        found = Closest(matched, question, find(question))
        if found.found.total:
            return found
        nothing.append(found)
    return nothing[0]


def by_text(engine: Engine) -> Compose:
    """Answers with what has the words."""

    def compose(
        asked: Asked, find: Find, source: SearchSource, missing: Sequence[Missing]
    ) -> SearchAnswer:
        return composed(engine, asked, closest(asked, find), source, missing)

    return compose


def also_missing(compose: Compose, missing: Sequence[Missing]) -> Compose:
    """The same answers, which say that this could not be asked either."""

    def compose_and_say(
        asked: Asked, find: Find, source: SearchSource, others: Sequence[Missing]
    ) -> SearchAnswer:
        return compose(asked, find, source, [*others, *missing])

    return compose_and_say


def composed(
    engine: Engine,
    asked: Asked,
    of: Closest,
    source: SearchSource,
    missing: Sequence[Missing],
    mode: Mode = Mode.TEXT,
) -> SearchAnswer:
    """The answer whose page are the scenes found."""
    found = of.found
    leaves = tuple(dict.fromkeys(positive_leaves(of.question.wanted)))
    people = [value for value, _ in found.facets.get("person", ())]
    with reading(engine) as connection:
        things = asked.snapshot.named.meant_by(connection, leaves)
        hits, names = hydrate(
            connection,
            found.scenes,
            leaves,
            asked.snapshot.serial,
            things,
            people,
            asked.filters.libraries,
        )
    return SearchAnswer(
        query=asked.text,
        search_source=source,
        matched=of.matched,
        total=found.total,
        is_approximate=found.is_approximate,
        hits=where_it_was_said_first(hits) if of.question.is_by_relevance else hits,
        facets=labelled(found.facets, names),
        missing=list(missing),
        mode=mode,
    )
