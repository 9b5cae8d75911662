"""Writes one run: started, then completed with all it found, or failed."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from rushes.analysis.protocol import Finding, Measures
from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.hashing import artifact_id, sha256_of
from rushes.artifacts.runs import RunStart, complete_run, fail_run, start_run
from rushes.documents import Document
from rushes.errors import RushesError
from rushes.people.assignment import assign_faces
from rushes.pipeline import flags
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.events import Phase, StageEvent, announce
from rushes.pipeline.outcome import OutcomeStatus, StageOutcome
from rushes.pipeline.stages import FACES
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.store import EmbeddingRow, embedding_id, write_embeddings

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
    measures: Measures = field(default_factory=Measures)


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
        found = Counter(each.artifact_type.value for each in result.findings)
        counts = {**result.measures.counts, **found}
        timings = {**result.timings, **result.measures.seconds}
        envelopes = self._envelopes(result)
        with self._context.engine.begin() as connection:
            self._context.artifacts.batch_create(connection, envelopes)
            self._announce(Phase.TRANSACTION_OPEN)
            flags.apply(connection, run.asset_id, run.stage, result.findings, result.duration_ms)
            complete_run(
                connection,
                self.run_id,
                doc_id=document.doc_id if document else None,
                counts=counts,
                timings=timings,
            )
            # Last, since all other writers of these spaces wait from here on until the commit.
            write_embeddings(connection, _embedding_rows(envelopes, result.findings))
            if run.stage == FACES:
                assign_faces(connection, self.run_id)
        self._announce(Phase.COMMITTED)
        return StageOutcome(
            run.asset_id,
            run.stage,
            result.status,
            run_id=self.run_id,
            data_version=data_version(run.config_hash, run.input_hash),
            counts=counts,
            timings=timings,
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

    def _payload(self, finding: Finding, ordinal: int) -> dict[str, Any]:
        if finding.embedding is None:
            return finding.payload
        name = embedding_id(self.run_id, finding.embedding.kind, ordinal)
        return {**finding.payload, "embedding_id": name}

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
                payload=self._payload(each, ordinal),
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


def _embedding_rows(
    envelopes: Sequence[ArtifactEnvelope], findings: Sequence[Finding]
) -> list[EmbeddingRow]:
    return [
        EmbeddingRow(
            embedding_id=artifact.payload["embedding_id"],
            asset_id=artifact.asset_id,
            run_id=artifact.run_id,
            artifact_id=artifact.artifact_id,
            space=EmbeddingSpace(
                finding.embedding.kind,
                finding.embedding.model,
                finding.embedding.model_version,
                finding.embedding.dimension,
            ),
            start_ms=artifact.span_start_ms,
            end_ms=artifact.span_end_ms,
            vector=finding.embedding.vector,
        )
        for artifact, finding in zip(envelopes, findings, strict=True)
        if finding.embedding is not None
    ]


def data_version(config_hash: str, input_hash: str) -> str:
    """The same for the same work on the same content: what Dagster compares."""
    return sha256_of([config_hash, input_hash])[:16]
