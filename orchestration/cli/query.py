"""search: asking what stands in the index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.marks import print_marked_table
from orchestration.cli.output import (
    JsonOption,
    print_json,
    reported_errors,
    say,
)
from rushes.search.sources import Source

if TYPE_CHECKING:
    from rushes.search.fallback import SearchAnswer

Video = Annotated[str, typer.Argument(help="An asset_id, a path, or a file name.")]
SourceOption = Annotated[
    Source | None, typer.Option(help="Only what was said, or what is written on screen.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(search)


def search(
    text: Annotated[str, typer.Argument(help='Words, a "phrase", OR, -without.')],
    library: Annotated[str | None, typer.Option(help="Only this library (its slug).")] = None,
    source: SourceOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Hits at most.")] = 20,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Where was that said, or written on screen, in all films, best hits first.

    Examples: `rushes search "walking in the garden"` · `rushes search --source ocr 'no entry'`
    """
    from rushes.pipeline.startup import open_context
    from rushes.search.fallback import PostgresSearch

    with reported_errors(as_json):
        engine = open_context().engine
        answer = PostgresSearch(engine).search(text, library=library, source=source, limit=limit)
        _show_hits(answer, as_json)


def _show_hits(answer: SearchAnswer, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        print_json(
            {
                "search_source": answer.search_source,
                "query": answer.query,
                "matched": answer.matched,
                "took_ms": round(answer.took_ms, 2),
                "hits": [asdict(hit) for hit in answer.hits],
            }
        )
        return
    if not answer.hits:
        say(f"nothing found for: {answer.query}")
        return
    from rushes.media.timecode import format_clock

    rows = [
        (
            hit.path,
            format_clock(hit.start_ms),
            format_clock(hit.end_ms),
            hit.source,
            hit.text,
            hit.library + ("" if hit.library_status == "online" else " (offline)"),
        )
        for hit in answer.hits
    ]
    origins = [hit.origin for hit in answer.hits]
    print_marked_table("", ("film", "from", "to", "source", "text", "library"), rows, origins)
    if answer.matched == "any_word":
        say("no film has all of these words together: shown is what has some of them")
