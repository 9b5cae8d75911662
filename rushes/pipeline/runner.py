"""What the pipeline's runner does for those who must not know it: the API, and deletion.

Dagster is one; `orchestration` implements it and hands it to whoever needs it.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Protocol

from rushes.errors import RushesError


class VectorAction(StrEnum):
    """What is done to the files of a vector index: made anew, or brought up to date."""

    REBUILD = "rebuild"
    SAVE = "save"


class PipelineRunner(Protocol):
    """Who runs stages on films, in this process or in others."""

    def films_in_flight(self, asset_ids: Collection[str]) -> set[str]:
        """Those of the films that a run is queued for or at work on."""
        ...

    def forget_films(self, asset_ids: Collection[str]) -> None:
        """No longer know the films. Done again it does nothing."""
        ...

    def rebuild_vectors(self, space_key: str, action: VectorAction, reason: str) -> str:
        """Have the index of a space that exists rebuilt or saved. Returns the id of the run.

        Returns once the run is queued. Raises VectorRunInFlightError where one is already for that
        space, RunnerAwayError where nobody would begin it.
        """
        ...


class NoRunnerError(RushesError):
    """This process cannot reach the pipeline's runner."""

    code = "no_runner"
    http_status = 503


class RunnerAwayError(RushesError):
    """The pipeline's runner does not take runs now."""

    code = "runner_away"
    retryable = True
    http_status = 503


class VectorRunInFlightError(RushesError):
    """A run is queued for that vector index, or at work on it."""

    code = "vector_run_in_flight"
    retryable = True
    http_status = 409


def required(runner: PipelineRunner | None) -> PipelineRunner:
    """`runner`; NoRunnerError where there is none."""
    if runner is None:
        raise NoRunnerError(remedy="ask the server that `rushes up` starts")
    return runner
