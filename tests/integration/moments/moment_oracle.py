"""Moments by their definition, over sets of ms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from moment_making import NEWEST, Film, Thing

Times = set[int]
Found = tuple[str, int, int, list[tuple[int, list[str]]]]
"""Film, start and end in ms, and of each leaf how many artifacts and the ids of the first."""

TEXTS: dict[str, Callable[[list[str]], bool]] = {
    "exit": lambda words: "exit" in words,
    "exit OR door": lambda words: "exit" in words or "door" in words,
    "exit -door": lambda words: "exit" in words and "door" not in words,
    "-door": lambda words: "door" not in words,
    '"green door"': lambda words: ("green", "door") in list(pairwise(words)),
}
"""Queries and what they mean, for words that no stemmer changes."""


def moments_by_definition(
    films: Sequence[Film], expression: dict[str, Any], run: str = NEWEST
) -> list[Found]:
    """Every moment with its evidence, in order."""
    return [
        (film.name, start, end, list(_evidence(film, run, expression, start, end, 0)))
        for film in sorted(films, key=lambda each: each.order)
        for start, end in stretches(_times(film, run, expression))
    ]


def stretches(times: Times) -> list[tuple[int, int]]:
    made: list[tuple[int, int]] = []
    for time in sorted(times):
        if made and made[-1][1] == time:
            made[-1] = (made[-1][0], time + 1)
        else:
            made.append((time, time + 1))
    return made


def _times(film: Film, run: str, node: dict[str, Any]) -> Times:
    if "any" in node:
        return set().union(*(_times(film, run, each) for each in node["any"]))
    if "all" in node:
        return _all(film, run, node)
    hits = (thing for thing in film.answering(run).values() if _fits(thing, node))
    return set().union(*(range(thing.start, thing.end) for thing in hits))


def _all(film: Film, run: str, node: dict[str, Any]) -> Times:
    within = node.get("within_ms", 0)
    parts = [_times(film, run, each) for each in node["all"] if "not" not in each]
    gone = [_times(film, run, each["not"]) for each in node["all"] if "not" in each]
    found = {
        time
        for part in parts
        for time in part
        if all(_is_near(time, other, within) for other in parts if other is not part)
        and not any(_is_near(time, each, within) for each in gone)
    }
    for first, second in pairwise(sorted(found)):
        if second - first - 1 <= within:
            found.update(range(first, second))
    return found


def _is_near(time: int, times: Times, within: int) -> bool:
    return any(abs(time - each) <= within for each in times)


def _fits(thing: Thing, leaf: dict[str, Any]) -> bool:
    if thing.confidence < leaf.get("min_confidence", 0) or thing.what not in leaf:
        return False
    asked = leaf[thing.what]
    if thing.what in ("said", "written"):
        return TEXTS[asked](thing.value.split())
    return thing.what == "scene" or bool(asked == thing.value)


def _evidence(
    film: Film, run: str, node: dict[str, Any], start: int, end: int, reach: int
) -> Iterator[tuple[int, list[str]]]:
    if "not" in node:
        return
    inner = node.get("all", []) + node.get("any", [])
    for each in inner:
        further = reach + node.get("within_ms", 0)
        yield from _evidence(film, run, each, start, end, further)
    if not inner:
        near = sorted(
            (thing.start, film.ids[at])
            for at, thing in film.answering(run).items()
            if _fits(thing, node) and thing.start < end + reach and thing.end > start - reach
        )
        yield len(near), [key for _, key in near[:5]]
