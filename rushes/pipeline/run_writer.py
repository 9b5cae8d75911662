"""Writes one run: started, then completed with all it found, or failed."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from rushes.analysis.protocol import Finding
from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.hashing import artifact_id, sha256_of
from rushes.artifacts.runs import RunStart, complete_run, fail_run, start_run
from rushes.documents import Document
from rushes.errors import RushesError
from rushes.pipeline import flags
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.events import Phase, StageEvent, announce
from rushes.pipeline.outcome import OutcomeStatus, StageOutcome

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a stage has to commit. `timings` in seconds."""

    findings: Sequence[Finding]
    document: Document | None
    status: OutcomeStatus
    timings: Mapping[str, float]
    duration_ms: int | None = None
    """Of the film, where this stage measured it."""


class RunWriter:
    """One run of one stage on one film."""

    def __init__(self, context: PipelineContext, start: RunStart) -> None:
        self._context = context
        self._run = start
        with context.engine.begin() as connection:
            self.run_id, self.attempt = start_run(connection, start, context.worker)

    def complete(self, result: StageResult) -> StageOutcome:
        """Artifacts, projections, flags and the run's end, all in one transaction."""
        run, document = self._run, result.document
        counts = dict(Counter(each.artifact_type.value for each in result.findings))
        with self._context.engine.begin() as connection:
            self._context.artifacts.batch_create(connection, self._envelopes(result))
            self._announce(Phase.TRANSACTION_OPEN)
            flags.apply(connection, run.asset_id, run.stage, result.findings, result.duration_ms)
            complete_run(
                connection,
                self.run_id,
                doc_id=document.doc_id if document else None,
                counts=counts,
                timings=result.timings,
            )
        self._announce(Phase.COMMITTED)
        return StageOutcome(
            run.asset_id,
            run.stage,
            result.status,
            run_id=self.run_id,
            data_version=data_version(run.config_hash, run.input_hash),
            counts=counts,
            timings=result.timings,
        )

    def fail(self, error: RushesError) -> StageOutcome:
        """Record why the run ended without a result.

        Where not even that can be written, the next sweep fails the run once this process is gone.
        """
        try:
            with self._context.engine.begin() as connection:
                fail_run(connection, self.run_id, error)
        except SQLAlchemyError:
            _log.exception("run %s failed (%s) and could not be recorded", self.run_id, error)
        return StageOutcome(
            self._run.asset_id,
            self._run.stage,
            OutcomeStatus.FAILED,
            run_id=self.run_id,
            error=error,
        )

    def _announce(self, phase: Phase) -> None:
        announce(StageEvent(self._run.asset_id, self._run.stage, phase))

    def _envelopes(self, result: StageResult) -> list[ArtifactEnvelope]:
        # A document that is used again was made by its own producer, whatever is installed now.
        made_by: Document | RunStart = result.document or self._run
        created_at = datetime.now(UTC)
        return [
            ArtifactEnvelope(
                artifact_id=artifact_id(self.run_id, each.artifact_type, ordinal),
                asset_id=self._run.asset_id,
                artifact_type=each.artifact_type,
                schema_version=each.schema_version,
                span_start_ms=each.start_ms,
                span_end_ms=each.end_ms,
                payload=each.payload,
                producer=made_by.producer,
                producer_version=made_by.producer_version,
                model_profile=self._run.model_profile,
                config_hash=self._run.config_hash,
                input_hash=self._run.input_hash,
                run_id=self.run_id,
                created_at=created_at,
            )
            for ordinal, each in enumerate(result.findings)
        ]


def data_version(config_hash: str, input_hash: str) -> str:
    """The same for the same work on the same content: what Dagster compares."""
    return sha256_of([config_hash, input_hash])[:16]
