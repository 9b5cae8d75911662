"""An expression with its leaves numbered: what decides a statement, without what only fills it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rushes.moments.expression import AllOf, AnyOf, Leaf, Node, NotOf


@dataclass(frozen=True, slots=True)
class LeafTerm:
    """The leaf of that number."""

    position: int


@dataclass(frozen=True, slots=True)
class AnyTerm:
    """A union."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class AllTerm:
    """What `terms` share and `without` has not. `number` names its within_ms; None: that is 0."""

    terms: tuple[Term, ...]
    without: tuple[Term, ...]
    number: int | None


Term = LeafTerm | AnyTerm | AllTerm


@dataclass(frozen=True, slots=True)
class NumberedLeaf:
    """A leaf: where it stands, and how far from a moment it can lie."""

    position: int
    place: str
    node: Leaf
    is_negated: bool
    reach_ms: int
    """The sum of the within_ms above it."""


@dataclass(slots=True)
class Numbered:
    """The terms of an expression, its leaves by number, and the within_ms of each `all`."""

    root: Term
    leaves: list[NumberedLeaf] = field(default_factory=list)
    within_ms: dict[int, int] = field(default_factory=dict)


def numbered(expression: Node) -> Numbered:
    """The leaves in the order in which they are written."""
    made = Numbered(LeafTerm(0))
    made.root = _term(made, expression, "", reach_ms=0, is_negated=False)
    return made


def _term(made: Numbered, node: Node, place: str, *, reach_ms: int, is_negated: bool) -> Term:
    if isinstance(node, NotOf):
        return _term(made, node.not_, f"{place}.not", reach_ms=reach_ms, is_negated=True)
    if isinstance(node, AnyOf):
        return AnyTerm(
            tuple(
                _term(made, each, f"{place}.any[{at}]", reach_ms=reach_ms, is_negated=is_negated)
                for at, each in enumerate(node.any)
            )
        )
    if isinstance(node, AllOf):
        return _all(made, node, place, reach_ms + node.within_ms, is_negated)
    position = len(made.leaves)
    where = place.lstrip(".") or "expression"
    made.leaves.append(NumberedLeaf(position, where, node, is_negated, reach_ms))
    return LeafTerm(position)


def _all(made: Numbered, node: AllOf, place: str, reach_ms: int, is_negated: bool) -> AllTerm:
    number = None
    if node.within_ms:
        number = len(made.within_ms)
        made.within_ms[number] = node.within_ms
    inner = [
        (
            isinstance(each, NotOf),
            _term(made, each, f"{place}.all[{at}]", reach_ms=reach_ms, is_negated=is_negated),
        )
        for at, each in enumerate(node.all)
    ]
    return AllTerm(
        tuple(term for is_not, term in inner if not is_not),
        tuple(term for is_not, term in inner if is_not),
        number,
    )


def positions(term: Term) -> Iterator[int]:
    """The leaves below that no `not` is above."""
    if isinstance(term, LeafTerm):
        yield term.position
    else:
        for each in term.terms:
            yield from positions(each)
