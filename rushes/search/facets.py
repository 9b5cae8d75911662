"""Facets: which field of a document each counts, and how counts become values with labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rushes.search.documents import SearchDocument
from rushes.search.request import FACET_VALUES, FACETS, FacetValue

_RENAMED: Final = {
    "library": "library_slug",
    "language": "languages",
    "object": "objects",
    "place": "places",
    "person": "people",
    "profile": "profiles",
    "producer": "producers",
}
FIELD_OF_FACET: Final = {each: _RENAMED.get(each, each) for each in FACETS}
"""Facet -> field of the template."""

Counts = list[tuple[str, int]]


def recount(documents: Iterable[SearchDocument], facets: Sequence[str]) -> dict[str, Counts]:
    """The facets of these documents."""
    counters: dict[str, Counter[str]] = {each: Counter() for each in facets}
    for document in documents:
        for name, counter in counters.items():
            counter.update(_values(document.fields.get(FIELD_OF_FACET[name])))
    return {name: most_first(counter.items()) for name, counter in counters.items()}


def most_first(counts: Iterable[tuple[str, int]]) -> Counts:
    """At most FACET_VALUES of them, those of one count by their value."""
    return sorted(counts, key=lambda pair: (-pair[1], pair[0]))[:FACET_VALUES]


def labelled(counts: Mapping[str, Counts], names: Mapping[str, str]) -> dict[str, list[FacetValue]]:
    """With the names of people, `names`, in place of their ids."""
    return {
        facet: [
            FacetValue(value, names.get(value, value) if facet == "person" else value, count)
            for value, count in found
        ]
        for facet, found in counts.items()
    }


def _values(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return list(value) if isinstance(value, list) else [str(value)]
