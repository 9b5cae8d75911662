"""The vector indexes for operators: how they stand, and having their files made anew."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request

from rushes import audit
from rushes.api.access import Actor
from rushes.api.answers.vectors import (
    SpaceStatusAnswer,
    VectorRunAnswer,
    VectorRunBody,
    VectorRunsAnswer,
    VectorsStatusAnswer,
)
from rushes.api.parameters import clean
from rushes.api.problems import problem_responses
from rushes.errors import InvalidRequestError
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.runner import (
    PipelineRunner,
    VectorAction,
    VectorRunInFlightError,
    required,
)
from rushes.vectors.options import IndexOptions
from rushes.vectors.spaces import space_of_key
from rushes.vectors.status import SpaceStatus, read_status

_ACCEPTED = 202
_REFUSALS = problem_responses(401, 404, 409, 422, 503)


def router(context: PipelineContext) -> APIRouter:
    """`/v1/admin/vectors/status`, `/rebuild` and `/save`; each with the key."""
    routes = APIRouter(prefix="/v1/admin/vectors", tags=["vectors"])

    @routes.get("/status", responses=problem_responses(401, 503))
    def vectors_status(actor: Actor) -> VectorsStatusAnswer:
        """How each index stands: its files, what came since, what is due. None is opened for it."""
        return VectorsStatusAnswer(
            save=context.settings.vector_save,
            spaces=[SpaceStatusAnswer.model_validate(each) for each in _status(context)],
        )

    @routes.post("/rebuild", status_code=_ACCEPTED, responses=_REFUSALS)
    def rebuild_vectors(
        request: Request, actor: Actor, body: VectorRunBody | None = None
    ) -> VectorRunsAnswer:
        """Have files made anew from Postgres; searching goes on meanwhile.

        The answer names runs of Dagster, which are queued. 404 `space_not_found`; 409
        `vector_run_in_flight` where nothing could be queued for runs that are at work already; 503
        `no_runner` or `runner_away` where nobody would begin one.
        """
        return _queue(context, request, VectorAction.REBUILD, body or VectorRunBody(), actor)

    @routes.post("/save", status_code=_ACCEPTED, responses=_REFUSALS)
    def save_vectors(
        request: Request, actor: Actor, body: VectorRunBody | None = None
    ) -> VectorRunsAnswer:
        """Have what came since added to the files: quicker than a rebuild.

        The answers are those of `/rebuild`.
        """
        return _queue(context, request, VectorAction.SAVE, body or VectorRunBody(), actor)

    return routes


def _queue(
    context: PipelineContext,
    request: Request,
    action: VectorAction,
    body: VectorRunBody,
    actor: str,
) -> VectorRunsAnswer:
    keys = _keys(context, body.space)
    reason = clean(body.reason).strip()
    if not reason:
        raise InvalidRequestError("the reason is empty")
    runner = required(request.app.state.runner)
    asked = _Asked(context, runner, action, reason, actor)
    for key in keys:
        asked.queue(key)
    if keys and not asked.runs:
        raise asked.refusals[-1]
    return VectorRunsAnswer(runs=asked.runs, in_flight=asked.in_flight)


class _Asked:
    """Queues runs, and writes each down in the audit log."""

    def __init__(
        self,
        context: PipelineContext,
        runner: PipelineRunner,
        action: VectorAction,
        reason: str,
        actor: str,
    ) -> None:
        self._context = context
        self._runner = runner
        self._action = action
        self._reason = reason
        self._actor = actor
        self.runs: list[VectorRunAnswer] = []
        self.in_flight: list[str] = []
        self.refusals: list[VectorRunInFlightError] = []

    def queue(self, key: str) -> None:
        """One run more, unless one is at work on that space."""
        try:
            run_id = self._runner.rebuild_vectors(key, self._action, self._reason)
        except VectorRunInFlightError as error:
            self.in_flight.append(key)
            self.refusals.append(error)
            return
        self.runs.append(VectorRunAnswer(space=key, run_id=run_id))
        details = {"run_id": run_id, "reason": self._reason}
        with self._context.engine.begin() as connection:
            audit.record(connection, self._actor, f"vectors.{self._action}", key, details)


def _status(context: PipelineContext) -> Sequence[SpaceStatus]:
    options = IndexOptions.of(context.settings)
    return read_status(context.engine, context.settings.vectors_root, options)


def _keys(context: PipelineContext, key: str | None) -> list[str]:
    """The one that was asked for, or all that have embeddings or whose files are in the way."""
    if key is not None:
        return [space_of_key(context.engine, context.settings.vectors_root, key).key]
    return [each.key for each in _status(context) if each.embeddings or each.needs_rebuild]
