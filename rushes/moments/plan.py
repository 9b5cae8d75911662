"""Where a search begins: with the leaf that has to be there and is the rarest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rushes.artifacts.selection import Selection
from rushes.moments.measure import Measure
from rushes.moments.terms import AllTerm, AnyTerm, LeafTerm, Numbered, Term
from rushes.navigation.wanted import Shape

_SPANS_OF_WORDS: Final = 30
"""In a film, of words that are in too many films to be counted."""


class Way(StrEnum):
    """How the films of a leaf are found, in order."""

    LABELS = "labels"
    """Its rows in the vocabulary of films."""
    FEW = "few"
    """Words in few films: all of these at once."""
    MANY = "many"
    """Words in many films: the films in order, and whether they have the words."""
    ANY_TEXT = "any_text"
    """All films with text: what is asked says nothing of a film as a whole."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that decides the text of a statement."""

    root: Term
    shapes: tuple[Shape, ...]
    ways: tuple[Way, ...]
    """Of each leaf."""
    steps: tuple[tuple[int, ...], ...]
    """Leaves in the order in which they are read, the rarest first. Of each step one is near every
    moment, so that the next is read near those before. Empty: all are read whole."""
    evidence: tuple[int, ...]
    by_vocabulary: bool
    """Films come from what is known of them; else all are walked."""
    selection: Selection | None = None
    in_library: bool = False
    in_film: bool = False
    goes_on: bool = False
    """After a cursor."""

    @property
    def first(self) -> tuple[int, ...]:
        """The leaves that lead to the films."""
        return self.steps[0] if self.steps else ()


def make_plan(
    tree: Numbered,
    shapes: Sequence[Shape],
    sizes: Sequence[Measure],
    *,
    selection: Selection | None = None,
    in_library: bool = False,
    in_film: bool = False,
    goes_on: bool = False,
) -> Plan:
    """The plan for an expression of these shapes, with leaves of these sizes."""
    return Plan(
        tree.root,
        tuple(shapes),
        tuple(_way(each) for each in sizes),
        steps_of(tree.root, sizes),
        tuple(each.position for each in tree.leaves if not each.is_negated),
        selection is None and not in_film,
        selection,
        in_library,
        in_film,
        goes_on,
    )


def steps_of(term: Term, sizes: Sequence[Measure]) -> tuple[tuple[int, ...], ...]:
    """Groups of leaves; one of each group is near everything that `term` finds.

    First what is in the fewest films; then, in a film that has all, what has the fewest spans.
    """
    first, *others = sorted(_groups(term, sizes), key=lambda group: _size(group, sizes))
    return (first, *sorted(others, key=lambda group: (_in_a_film(group, sizes), group)))


def _groups(term: Term, sizes: Sequence[Measure]) -> set[tuple[int, ...]]:
    if isinstance(term, AllTerm):
        return set().union(*(_groups(each, sizes) for each in term.terms))
    return {rarest(term, sizes)}


def rarest(term: Term, sizes: Sequence[Measure]) -> tuple[int, ...]:
    """The leaves of which one is near everything that `term` finds, as rare as can be."""
    if isinstance(term, LeafTerm):
        return (term.position,)
    found = [rarest(each, sizes) for each in term.terms]
    if isinstance(term, AnyTerm):
        return tuple(sorted({position for each in found for position in each}))
    return min(found, key=lambda several: _size(several, sizes))


def _size(several: Sequence[int], sizes: Sequence[Measure]) -> tuple[float, float, tuple[int, ...]]:
    films = [sizes[each].films for each in several]
    spans = [sizes[each].spans for each in several]
    return _sum(films), _sum(spans), tuple(several)


def _in_a_film(several: Sequence[int], sizes: Sequence[Measure]) -> float:
    """About how many spans a film has of these."""
    return sum(
        _SPANS_OF_WORDS
        if size.films is None or size.spans is None
        else size.spans / (size.films or 1)
        for size in (sizes[each] for each in several)
    )


def _sum(numbers: Sequence[int | None]) -> float:
    return sum(float("inf") if each is None else each for each in numbers)


def _way(size: Measure) -> Way:
    if size.labels is not None:
        return Way.LABELS
    if size.film_query is None:
        return Way.ANY_TEXT
    return Way.MANY if size.films is None else Way.FEW
