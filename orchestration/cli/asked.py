"""Options that name stages and a profile, and what they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rushes.artifacts.vocabulary import ModelProfile

if TYPE_CHECKING:
    from rushes.pipeline.workload import Workload

Profile = Annotated[
    str | None, typer.Option(help="fast, balanced or high_quality; absent: the setting.")
]
Stages = Annotated[
    str | None, typer.Option(help="Only these stages, by comma: scenes,transcript ...")
]


def workload_of(profile: str | None, stages: str | None) -> Workload:
    """What was asked for; InvalidRequestError names what there is."""
    from rushes.errors import InvalidRequestError
    from rushes.pipeline.stages import STAGE_NAMES
    from rushes.pipeline.startup import open_context
    from rushes.pipeline.workload import Workload

    context = open_context()
    chosen = profile or context.settings.profile
    if chosen not in [each.value for each in ModelProfile if each is not ModelProfile.NONE]:
        raise InvalidRequestError(
            f"there is no profile {chosen!r}", remedy="use fast, balanced or high_quality"
        )
    wanted = (
        [name.strip() for name in stages.split(",")] if stages is not None else list(STAGE_NAMES)
    )
    if unknown := [name for name in wanted if name not in STAGE_NAMES]:
        raise InvalidRequestError(
            f"there is no stage {', '.join(unknown)}", remedy=f"use {', '.join(STAGE_NAMES)}"
        )
    return Workload(context, ModelProfile(chosen), wanted)
