"""What the pipeline's runner does for those who must not know it: the API, and deletion.

Dagster is one; `orchestration` implements it and hands it to whoever needs it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from rushes.errors import RushesError


class PipelineRunner(Protocol):
    """Who runs stages on films, in this process or in others."""

    def films_in_flight(self, asset_ids: Collection[str]) -> set[str]:
        """Those of the films that a run is queued for or at work on."""
        ...

    def forget_films(self, asset_ids: Collection[str]) -> None:
        """No longer know the films. Done again it does nothing."""
        ...


class NoRunnerError(RushesError):
    """This process cannot reach the pipeline's runner."""

    code = "no_runner"
    http_status = 503


def required(runner: PipelineRunner | None) -> PipelineRunner:
    """`runner`; NoRunnerError where there is none."""
    if runner is None:
        raise NoRunnerError(remedy="ask the server that `rushes up` starts")
    return runner
