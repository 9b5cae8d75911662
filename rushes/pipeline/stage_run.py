"""One stage of one film: document first, then artifacts, projections and run in one transaction.

The order is the guarantee. The model's own output is on disk before it is looked at; a document
that stands is used again; a run is completed only together with what it found.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Row

from rushes.analysis.protocol import Analyser, Finding, Watch
from rushes.artifacts.hashing import canonical_json
from rushes.artifacts.runs import (
    RunStart,
    find_completed,
    find_failed_for_good,
    find_imported,
    imported_work,
)
from rushes.documents import DocumentDraft, DocumentFailure, DocumentStatus, DocumentWriter
from rushes.errors import AnalysisError, DocumentError, MediaError
from rushes.library.records import Video
from rushes.library.sources import source_path
from rushes.pipeline.context import PipelineContext, StageTask
from rushes.pipeline.events import Phase, StageEvent, announce
from rushes.pipeline.faults import as_rushes_error, require_free_space
from rushes.pipeline.media import film_media, forget_media, has_media, open_media
from rushes.pipeline.outcome import OutcomeStatus, StageOutcome
from rushes.pipeline.parsed import decode_findings, encode_findings
from rushes.pipeline.run_writer import RunWriter, StageResult, data_version
from rushes.pipeline.stages import SOURCE_VIDEO
from rushes.pipeline.stopwatch import Stopwatch

T = TypeVar("T")


class StageRun:
    """The work of one stage on one film."""

    def __init__(
        self,
        context: PipelineContext,
        film: Video,
        task: StageTask,
        dagster_run_id: str | None,
        decoded_ahead: float | None = None,
    ) -> None:
        """`decoded_ahead`: seconds that the film's media pass took beside the film before."""
        self._decoded_ahead = decoded_ahead
        if task.rests_on:
            with context.engine.connect() as connection:
                imports = imported_work(connection, [film.asset_id])
            task = task.resting_on(imports.get(film.asset_id, {}))
        self._context = context
        self._film = film
        self._task = task
        self._start = RunStart(
            asset_id=film.asset_id,
            content_version=film.content_version,
            stage=task.stage.name,
            model_profile=task.profile,
            config_hash=task.config_hash,
            input_hash=task.input_hash(film.content_hash),
            producer=task.identity.producer,
            producer_version=task.identity.producer_version,
            dagster_run_id=dagster_run_id,
        )

    def execute(self) -> StageOutcome:
        """Do the work unless it stands already. Failures are recorded and returned, not raised."""
        if (standing := self._standing()) is not None:
            return standing
        waiting = self._watch(Phase.STARTED)
        with self._context.worker.exclusively(self._work_name, waiting.check):
            # Another process may have done it while this one waited.
            return self._standing() or self._execute()

    @property
    def _work_name(self) -> str:
        """The same for duplicates of a film: only one of them asks the model."""
        return f"{self._start.stage} {self._film.content_hash} {self._start.config_hash}"

    def _execute(self) -> StageOutcome:
        self._announce(Phase.STARTED)
        run = RunWriter(self._context, self._start)
        try:
            settings = self._context.settings
            require_free_space(settings.data_dir, settings.min_free_bytes)
            return run.complete(self._work(run))
        except Exception as error:
            return run.fail(as_rushes_error(error))
        except BaseException:  # Ctrl-C, or a run that was terminated: not this film's fault
            run.fail(AnalysisError("interrupted", code="interrupted", retryable=True))
            raise

    def _standing(self) -> StageOutcome | None:
        with self._context.engine.connect() as connection:
            row = self._imported(connection) or find_completed(connection, self._start)
            failed = None if row else find_failed_for_good(connection, self._start)
        if failed is not None:
            return self._failed_already(failed)
        if row is None:
            return None
        return StageOutcome(
            self._film.asset_id,
            self._task.stage.name,
            OutcomeStatus.UNCHANGED,
            run_id=row.run_id,
            data_version=data_version(row.config_hash, row.input_hash),
            counts=row.counts,
            timings=row.timings,
        )

    def _imported(self, connection: Connection) -> Row[Any] | None:
        film = self._film
        return find_imported(connection, film.asset_id, film.content_version, self._task.stage.name)

    def _failed_already(self, row: Row[Any]) -> StageOutcome:
        error = AnalysisError(row.error_text, code=row.error_code, retryable=False)
        return StageOutcome(
            self._film.asset_id,
            self._task.stage.name,
            OutcomeStatus.FAILED,
            run_id=row.run_id,
            error=error,
        )

    def _work(self, run: RunWriter) -> StageResult:
        if self._task.analyser is None:
            return self._decode()
        draft = self._draft(run)
        documents = self._context.documents
        document = documents.get_latest_by_logical_key(draft.stage, draft.logical_key_id)
        if document is None:
            return self._analyse(self._task.analyser, draft)
        try:
            findings = decode_findings(documents.read_parsed(document))
        except (DocumentError, ValueError, KeyError):  # damaged on disk: a new one takes its place
            return self._analyse(self._task.analyser, draft)
        return StageResult(findings, document, OutcomeStatus.REUSED, {})

    def _decode(self) -> StageResult:
        taken, watch = Stopwatch(), self._watch(Phase.DECODE)
        self._announce(Phase.DECODE)
        stood = has_media(self._context, self._film)
        with open_media(self._context, self._film, watch) as media:
            taken.mark("cache" if stood else "decode")
            if self._decoded_ahead is not None:
                taken.seconds["decode"] = self._decoded_ahead
            watch.measures.count("frames", len(media.frames()))
            return StageResult(
                [],
                None,
                OutcomeStatus.REUSED if "decode" not in taken.seconds else OutcomeStatus.COMPLETED,
                taken.seconds,
                media.duration_ms,
                watch.measures,
            )

    def _analyse(self, analyser: Analyser, draft: DocumentDraft) -> StageResult:
        taken, watch = Stopwatch(), self._watch(Phase.MODEL)
        analyser.prepare()
        taken.mark("load")
        self._announce(Phase.MODEL)
        writer = self._context.documents.begin(draft)
        writer.write_prompt("json", canonical_json(self._task.configuration).encode())
        taken.mark("document")
        raw = self._guarded(writer, "stage_error", lambda: self._run_model(analyser, watch))
        taken.mark("analyse")
        raw_bytes = json.dumps(raw, ensure_ascii=False, separators=(",", ":")).encode()
        writer.write_raw("json", raw_bytes)
        findings = self._guarded(writer, "parse_error", lambda: self._parse(analyser, raw_bytes))
        writer.write_parsed("json", encode_findings(findings))
        document = writer.finish(DocumentStatus.OK)
        taken.mark("document")
        self._announce(Phase.DOCUMENT_WRITTEN)
        return StageResult(
            findings, document, OutcomeStatus.COMPLETED, taken.seconds, measures=watch.measures
        )

    def _run_model(self, analyser: Analyser, watch: Watch) -> dict[str, Any]:
        if self._task.stage.name == SOURCE_VIDEO:
            source_path(self._film)
        film = film_media(self._context, self._film, self._task, watch)
        try:
            return analyser.analyse(film, watch)
        except MediaError as error:
            if error.code == "damaged_picture":
                forget_media(self._context, self._film)
            raise

    def _parse(self, analyser: Analyser, raw: bytes) -> list[Finding]:
        """What the raw file says, read back from its bytes as a replay would read it."""
        findings = list(analyser.findings(json.loads(raw)))
        for each in findings:
            self._context.registry.parse(each.artifact_type, each.schema_version, each.payload)
        return findings

    def _guarded(self, writer: DocumentWriter, status: str, work: Callable[[], T]) -> T:
        """`work()`, its failure written into the document before it goes on."""
        try:
            return work()
        except Exception as error:
            known = as_rushes_error(error)
            writer.finish(DocumentStatus(status), DocumentFailure(known.code, str(known)))
            if status == DocumentStatus.STAGE_ERROR:
                raise known from error
            raise AnalysisError(
                f"{self._task.stage.name}: output does not fit its schema: {known}",
                code="parse_error",
                remedy="see the raw file of its document, and report it",
            ) from error

    def _draft(self, run: RunWriter) -> DocumentDraft:
        start, identity = self._start, self._task.identity
        return DocumentDraft(
            stage=start.stage,
            asset_id=start.asset_id,
            content_version=start.content_version,
            content_hash=self._film.content_hash,
            config_hash=start.config_hash,
            input_hash=start.input_hash,
            template_id=f"{start.stage}/{start.model_profile.value}",
            model_id=identity.model_id,
            model_profile=start.model_profile.value,
            producer=identity.producer,
            producer_version=identity.producer_version,
            run_id=run.run_id,
            attempt=run.attempt,
        )

    def _watch(self, phase: Phase) -> Watch:
        def progress(done: float, total: float) -> None:
            self._announce(phase, done, total)

        limit = self._context.settings.stage_timeout_seconds
        return Watch(progress, time.monotonic() + limit)

    def _announce(self, phase: Phase, done: float = 0.0, total: float = 0.0) -> None:
        film, stage = self._film.asset_id, self._task.stage.name
        announce(StageEvent(film, stage, phase, done, total))
