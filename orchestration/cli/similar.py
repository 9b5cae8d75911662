"""similar: moments by meaning and likeness."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.cli.output import JsonOption, print_json, print_table, reported_errors, say
from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.similar.request import MAX_LIMIT, Acquaintance

if TYPE_CHECKING:
    from rushes.pipeline.context import PipelineContext
    from rushes.similar.request import SimilarAnswer, SimilarHit, SimilarRequest

_COLUMNS = ("score", "film", "from", "to", "what", "text or person", "scene", "more", "library")
Values = list[str] | None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(similar)


def similar(
    text: Annotated[str | None, typer.Argument(help="What is meant, in words.")] = None,
    image: Annotated[Path | None, typer.Option(help="A picture file.")] = None,
    artifact: Annotated[str | None, typer.Option(help="More like this artifact (its id).")] = None,
    face: Annotated[
        str | None, typer.Option(help="A person's name or id, or the artifact id of a face.")
    ] = None,
    film: Annotated[str | None, typer.Option(help="The picture of this film, with --at.")] = None,
    at: Annotated[str | None, typer.Option(help="At this time, such as 1:05.")] = None,
    kind: Annotated[
        EmbeddingKind | None, typer.Option(help="What is compared; face: a face of the picture.")
    ] = None,
    face_index: Annotated[
        int, typer.Option(min=0, help="Which face of the picture, the best is 0.")
    ] = 0,
    library: Annotated[
        Values, typer.Option(help="Only this library (its slug); may be repeated.")
    ] = None,
    people: Annotated[Acquaintance, typer.Option(help="Whose faces.")] = Acquaintance.ANY,
    min_score: Annotated[
        float | None, typer.Option(help="Least cosine, -1 to 1; absent: as is good for the model.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_LIMIT, help="Scenes at most.")] = 20,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Scenes that are like a text, a picture, another moment or a face, the best first.

    A hit has the best moment of a scene. `score` is a cosine: only those of one model compare.

    Examples: `rushes similar "somebody walks a dog"` · `rushes similar --image beach.jpg` ·
    `rushes similar --image group.jpg --kind face --people unnamed` ·
    `rushes similar --film interview.mp4 --at 1:05` · `rushes similar --face "Ada"`
    """
    from rushes.pipeline.startup import open_context
    from rushes.similar.plain import plain_answer
    from rushes.similar.request import SimilarFilters, SimilarRequest
    from rushes.similar.service import SimilarService

    with reported_errors(as_json):
        context = open_context()
        request = SimilarRequest(
            text=text,
            image=_picture(context, image, film, at),
            artifact_id=artifact,
            face=face,
            kind=kind,
            filters=SimilarFilters(libraries=tuple(library or ()), people=people),
            min_score=min_score,
            limit=limit,
        )
        answer = SimilarService.of(context).search(request, face_index=face_index)
        if as_json:
            print_json(plain_answer(answer))
        else:
            _show(answer, request)


def _picture(
    context: PipelineContext, image: Path | None, film: str | None, at: str | None
) -> bytes | None:
    from orchestration.cli.film_time import parse_time
    from rushes.errors import InvalidRequestError, NotFoundError
    from rushes.library.repository import resolve_video
    from rushes.similar.film_picture import picture_at

    if (film is None) != (at is None) or (film is not None and image is not None):
        raise InvalidRequestError(
            "--film goes with --at, and not with --image",
            code="one_question",
            remedy="rushes similar --film interview.mp4 --at 1:05",
        )
    if film is not None and at is not None:
        return picture_at(context, resolve_video(context.engine, film).asset_id, parse_time(at))
    if image is None:
        return None
    try:
        return image.expanduser().read_bytes()
    except (OSError, ValueError) as error:
        raise NotFoundError(
            f"the picture {str(image)!r} cannot be read: {error}", remedy="name a picture file"
        ) from error


def _show(answer: SimilarAnswer, request: SimilarRequest) -> None:
    if answer.hits:
        print_table("", _COLUMNS, [_row(each) for each in answer.hits])
    for line in _remarks(answer, request):
        say(line)


def _row(hit: SimilarHit) -> tuple[Any, ...]:
    from rushes.media.timecode import format_clock

    return (
        f"{hit.score:.3f}",
        hit.path,
        format_clock(hit.start_ms),
        format_clock(hit.end_ms),
        hit.source or hit.kind,
        hit.text or _whose(hit),
        hit.scene_index,
        hit.others or None,
        hit.library + ("" if hit.library_status == "online" else " (offline)"),
    )


def _whose(hit: SimilarHit) -> str | None:
    if hit.person is None:
        return f"nobody's yet ({hit.artifact_id})" if hit.kind is EmbeddingKind.FACE else None
    return hit.person.name or hit.person.cluster_id


def _remarks(answer: SimilarAnswer, request: SimilarRequest) -> Iterator[str]:
    from rushes.similar.question import PictureAnswer

    if not answer.spaces:
        yield "no film has vectors to compare with yet: rushes index makes them"
    elif not answer.hits:
        cuts = ", ".join(f"{each.model} {each.cut_off:.2f}" for each in answer.spaces)
        yield f"nothing is alike enough (cut-off: {cuts}); a lower one: --min-score 0.1"
    if isinstance(answer, PictureAnswer) and len(answer.faces) > 1:
        yield f"the picture has {len(answer.faces)} faces; another one: --face-index 1"
    for each in answer.missing:
        yield f"{each.what} could not be asked: {each.why}"
    if answer.has_more:
        yield f"there is more: --limit {min(MAX_LIMIT, 5 * request.limit)}"
    unnamed = next((e.person for e in answer.hits if e.person and e.person.name is None), None)
    if unnamed is not None:
        yield f'to name somebody: rushes people name {unnamed.cluster_id} "Ann Lee"'
    for space in answer.spaces:
        if not space.is_exact:
            yield f"{space.model}: of ten nearest {10 * space.recall_at_10:.1f} are found"
    yield f"{len(answer.hits)} shown, answered in {answer.took_ms:.0f} ms"
