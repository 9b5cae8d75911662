"""Parameters that several routes take, each documented once.

What reads them is `async`: it waits for nothing, and FastAPI would send anything else to a thread,
which costs as much as a question.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query

from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import ModelProfile


def clean(value: str) -> str:
    """What Postgres can hold of it: no NUL, no half characters."""
    return value.replace("\0", "").encode("utf-8", "ignore").decode()


def clean_or_none(value: str | None) -> str | None:
    """The same of a text that may be absent."""
    return None if value is None else clean(value)


async def _video_id(
    asset_id: Annotated[str, Path(alias="video_id", description="asset_id of a film")],
) -> str:
    return "" if clean(asset_id) != asset_id else asset_id  # which nothing is called


async def _selection(
    mode: Annotated[
        SelectionMode | None,
        Query(alias="selection", description="which runs answer; absent: what is stored"),
    ] = None,
    profile: Annotated[
        ModelProfile | None, Query(description="of selection=profile; alone it says that mode")
    ] = None,
    run_id: Annotated[
        str | None, Query(description="of selection=pinned; alone it says that mode")
    ] = None,
) -> Selection | None:
    return Selection.asked(mode, profile, clean_or_none(run_id))


VideoId = Annotated[str, Depends(_video_id)]
"""A path parameter `{video_id}`."""

RequestedSelection = Annotated[Selection | None, Depends(_selection)]
"""`selection`, `profile` and `run_id`: the request's own choice of runs, or None."""

Cursor = Annotated[
    str | None,
    Query(
        max_length=4000,
        description="`cursor` of the answer before; absent: from the beginning",
        examples=["WyJ2MDFqOXpxOHc3a2Z4MyJd"],
    ),
]
"""`cursor`, of answers that come in pages."""
