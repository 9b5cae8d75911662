"""How the end of `rushes index` looks on a page: a line a film, what was not done, the sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from orchestration.cli.output import print_table, say

if TYPE_CHECKING:
    from rushes.pipeline.film_report import FilmLine


def show_answer(answer: dict[str, Any]) -> None:
    lines = answer["films"]
    stages = _shown_stages(lines)
    if lines:
        rows = [_row(line, stages) for line in lines]
        headings = (_HEADINGS.get(stage, stage) for stage in stages)
        print_table("", ("film", "length", *headings, "took"), rows)
    if answer["problems"]:
        problems = [(each["path"], each["code"], each["reason"]) for each in answer["problems"]]
        print_table("not done", ("film", "code", "reason"), problems)
    for note in answer["notes"]:
        say(f"note: {note}")
    if not answer["worked_on"]:
        failed = f", {answer['failed']} stay failed" if answer["failed"] else ""
        say(f"nothing to do: {answer['unchanged']} films stand as they are{failed}")
    say(
        f"{answer['analysed']} analysed, {answer['unchanged']} unchanged, "
        f"{answer['failed']} failed, {len(answer['problems'])} problems, "
        f"{answer['seconds']:.1f} s"
    )


_HEADINGS = {
    "transcript": "sentences",
    "ocr": "texts",
    "frame_embeddings": "frame vectors",
    "text_embeddings": "text vectors",
}
_WITHOUT_COLUMN = ("source_video", "media_pass")
"""Every film has these; they show only where they failed."""


def _shown_stages(lines: Sequence[FilmLine]) -> list[str]:
    from rushes.pipeline.stages import STAGE_NAMES

    known = {stage for line in lines for stage in line.stages}
    odd = {stage for line in lines for stage, each in line.stages.items() if not each.succeeded}
    return [
        stage
        for stage in STAGE_NAMES
        if stage in known and (stage in odd or stage not in _WITHOUT_COLUMN)
    ]


def _row(line: FilmLine, stages: Sequence[str]) -> tuple[Any, ...]:
    from rushes.media.timecode import format_clock

    length = format_clock(line.duration_ms) if line.duration_ms else ""
    taken = sum(stage.seconds for stage in line.stages.values())
    return (line.path, length, *(_cell(line, stage) for stage in stages), f"{taken:.1f} s")


def _cell(line: FilmLine, stage: str) -> str:
    """How many things the stage found; what became of it where it found nothing to count."""
    from rushes.artifacts.vocabulary import STAGE_OF_TYPE

    state = line.stages.get(stage)
    if state is None:
        return ""
    if not state.succeeded:
        return state.status
    return str(sum(line.found.get(kind, 0) for kind, of in STAGE_OF_TYPE.items() if of == stage))
