"""Shows scenes that answer a search, and what is to be known of the answer."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from rich.text import Text

from orchestration.cli.marks import print_marked_table
from orchestration.cli.output import printable, say, stdout
from rushes.artifacts.vocabulary import Origin
from rushes.media.timecode import format_clock
from rushes.search.request import Matched, SearchAnswer, SearchHit, SearchSource

_COLUMNS = ("film", "from", "to", "source", "text", "scene", "library")
_MARKED = re.compile("<mark>(.*?)</mark>", re.DOTALL)
_LOOSENED = {
    Matched.LETTERS: "no scene has these words: shown is what has words that they are a part of",
    Matched.ANY_WORD: "no scene has all of these words: shown is what has some of them",
}


def show(answer: SearchAnswer, waiting: int) -> None:
    """The table and facets on stdout, the rest on stderr. `waiting`: films that are not in it."""
    if answer.hits:
        origins = [_origin(each) for each in answer.hits]
        rows = [_row(each) for each in answer.hits]
        if any(each.reasons for each in answer.hits):
            rows = [(*row, _why(hit)) for row, hit in zip(rows, answer.hits, strict=True)]
            print_marked_table("", (*_COLUMNS, "found by"), rows, origins)
        else:
            print_marked_table("", _COLUMNS, rows, origins)
    for name, values in answer.facets.items():
        counted = ", ".join(f"{each.label} {each.count}" for each in values)
        stdout.print(
            printable(f"{name}: {counted or 'none'}"), highlight=False, markup=False, soft_wrap=True
        )
    for line in _remarks(answer):
        say(line)
    if waiting and answer.search_source is SearchSource.QUICKWIT:
        films = "film" if waiting == 1 else "films"
        say(
            f"not in it yet: changes of {waiting:,} {films}; "
            "`rushes up` publishes them by itself, or: rushes search-index sync"
        )


def marked(snippet: str) -> Text:
    """A snippet for a terminal: what was hit stands out."""
    text, position = Text(), 0
    for found in _MARKED.finditer(snippet):
        text.append(_plain(snippet[position : found.start()]))
        text.append(_plain(found[1]), style="bold reverse")
        position = found.end()
    return text.append(_plain(snippet[position:]))


def _plain(escaped: str) -> str:
    return printable(html.unescape(escaped))


def _row(hit: SearchHit) -> tuple[Any, ...]:
    best = hit.evidence[0] if hit.evidence else None
    return (
        hit.path,
        format_clock(hit.start_ms),
        format_clock(hit.end_ms),
        best.source if best else None,
        marked(best.snippet) if best else None,
        hit.scene_index,
        hit.library + ("" if hit.library_status == "online" else " (offline)"),
    )


def _why(hit: SearchHit) -> str:
    """Where it stands among the hits by words, and among those by meaning."""
    places: dict[str, list[str]] = {}
    for each in hit.reasons:
        places.setdefault(each.by.value, []).append("" if each.rank is None else str(each.rank))
    return ", ".join(f"{by} {'/'.join(ranks)}".strip() for by, ranks in places.items())


def _origin(hit: SearchHit) -> str:
    """Of the best evidence; what nobody said or wrote needs no mark."""
    return (hit.evidence[0].origin if hit.evidence else None) or Origin.ANALYSED


def _remarks(answer: SearchAnswer) -> Iterator[str]:
    if not answer.hits:
        yield f"nothing found for: {answer.query}" if answer.query else "nothing found"
    elif answer.matched in _LOOSENED:
        yield _LOOSENED[answer.matched]
    for each in answer.missing:
        yield f"{each.what} could not be asked ({each.why}); more is in logs/errors.log"
    engine = "Quickwit" if answer.search_source is SearchSource.QUICKWIT else "Postgres"
    least = "at least " if answer.is_approximate else ""
    scenes = "scene" if answer.total == 1 else "scenes"
    yield (
        f"{len(answer.hits)} of {least}{answer.total:,} {scenes},"
        f" answered by {engine} in {answer.took_ms:.0f} ms"
    )
