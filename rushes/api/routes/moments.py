"""Several things at once, in time."""

from __future__ import annotations

from fastapi import APIRouter

from rushes.api.answers.moments import EvidenceAnswer, MomentAnswer, MomentsAnswer, MomentsBody
from rushes.api.parameters import clean_or_none
from rushes.api.problems import problem_responses
from rushes.artifacts.selection import Selection
from rushes.moments.find import Evidence, Moment, Scope, moments
from rushes.pipeline.context import PipelineContext


def router(context: PipelineContext) -> APIRouter:
    """`/v1/moments`."""
    routes = APIRouter(tags=["navigation"])

    @routes.post("/v1/moments", responses=problem_responses(404, 422, 503))
    def find_moments(body: MomentsBody) -> MomentsAnswer:
        """Where things are there together, near one another, or one without the other.

        A leaf is the time that its artifacts cover; `any` is their union; `all` what its parts
        share, or with `within_ms` where each is there or at most that far away; `not` takes away
        from the `all` around it. A moment is one stretch of what is left, with its evidence.
        """
        scope = Scope(
            library=clean_or_none(body.library),
            video_id=clean_or_none(body.video_id),
            selection=Selection.asked(body.selection, body.profile, clean_or_none(body.run_id)),
            limit=body.limit,
            cursor=body.cursor,
        )
        found = moments(context.engine, body.expression, scope)
        return MomentsAnswer(
            moments=[_moment(each) for each in found.moments],
            has_more=found.cursor is not None,
            cursor=found.cursor,
        )

    return routes


def _moment(moment: Moment) -> MomentAnswer:
    return MomentAnswer(
        video_id=moment.video_id,
        library=moment.library,
        path=moment.path,
        capture_time=moment.capture_time,
        start_ms=moment.start_ms,
        end_ms=moment.end_ms,
        evidence=[_evidence(each) for each in moment.evidence],
    )


def _evidence(evidence: Evidence) -> EvidenceAnswer:
    return EvidenceAnswer(
        leaf=evidence.place,
        asked=evidence.asked,
        found=evidence.found,
        artifacts=evidence.artifacts,
    )
