"""search: asking what stands in the index."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.output import JsonOption, print_json, reported_errors
from rushes.search.query.tree import Scope
from rushes.search.request import MAX_LIMIT, Mode, Sort


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(search)


Values = list[str] | None


def search(
    text: Annotated[
        str, typer.Argument(help='Words, a "phrase", OR, -without; none: what the filters allow.')
    ] = "",
    library: Annotated[
        Values, typer.Option(help="Only this library (its slug); may be repeated, as those below.")
    ] = None,
    mode: Annotated[
        Mode, typer.Option(help="Hybrid: also what means the same in other words, or is seen.")
    ] = Mode.TEXT,
    source: Annotated[Scope, typer.Option(help="Which texts of a scene are searched.")] = Scope.ALL,
    person: Annotated[Values, typer.Option(help="Only scenes with them: name or id.")] = None,
    object_: Annotated[
        Values, typer.Option("--object", help="Only scenes with this object.")
    ] = None,
    place: Annotated[Values, typer.Option(help="Only scenes at this place.")] = None,
    language: Annotated[
        Values, typer.Option(help="Only scenes in this language, two letters.")
    ] = None,
    favourites: Annotated[bool, typer.Option("--favourites", help="Only favourites.")] = False,
    sort: Annotated[Sort, typer.Option(help="Oldest and newest go by capture.")] = Sort.RELEVANCE,
    facets: Annotated[
        Values, typer.Option(help="Count these in all hits, by comma: person,place ...")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_LIMIT, help="Scenes at most.")] = 20,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Scenes of all films by what is said, written and seen in them, the best first.

    All of the words are in one scene. Where no scene has them, those that have parts of the words
    or some of them are shown, and it is said. A text that begins with `-` stands after `--`.

    Examples: `rushes search "walking in the garden"` · `rushes search --source ocr 'no entry'` ·
    `rushes search --person "Ada" --object dog --facets place` ·
    `rushes search --mode hybrid "a walk by the sea"`
    """
    from orchestration.cli.engine_log import engine_faults_logged
    from orchestration.cli.hits import show
    from orchestration.publishing import publish_the_last
    from rushes.pipeline.startup import open_context
    from rushes.search.plain import plain_answer
    from rushes.search.request import Filters, SearchRequest
    from rushes.search.requirements import asking_for_something, facet_names
    from rushes.search.service import SearchService
    from rushes.search.sync.waiting import films_that_wait

    with reported_errors(as_json):
        filters = Filters(
            libraries=tuple(library or ()),
            people=tuple(person or ()),
            objects=tuple(object_ or ()),
            places=tuple(place or ()),
            languages=tuple(language or ()),
            is_favorite=True if favourites else None,
        )
        request = SearchRequest(
            text=text,
            scope=source,
            filters=filters,
            sort=sort,
            limit=limit,
            facets=facet_names(facets or ()),
            mode=mode,
        )
        asking_for_something(request)
        context = open_context()
        with engine_faults_logged():
            publish_the_last(context)
            answer = SearchService.of(context).search(request)
        if as_json:
            print_json(plain_answer(answer))
        else:
            show(answer, waiting=films_that_wait(context.engine))
