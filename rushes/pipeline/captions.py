"""Captions of a film as its transcript: a run with origin `imported`, which no model made.

It stands for the stage as long as the film's content is the same: the film is not transcribed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, select
from sqlalchemy.dialects.postgresql import distinct_on

from rushes.analysis.protocol import Finding, Measures
from rushes.artifacts.hashing import canonical_json, sha256_of
from rushes.artifacts.runs import RunStart, find_imported
from rushes.artifacts.schemas import TranscriptSegmentV1
from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType, ModelProfile, Origin
from rushes.captions.cues import CaptionFile, Cue, read_captions
from rushes.captions.languages import UNKNOWN as UNKNOWN_LANGUAGE
from rushes.captions.sidecars import language_beside
from rushes.db.tables import asset, runs
from rushes.documents import Document, DocumentDraft, DocumentStatus, delete_documents
from rushes.errors import AnalysisError, MediaError, RushesError
from rushes.library.records import Video
from rushes.library.sources import source_path
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.faults import as_rushes_error, require_free_space
from rushes.pipeline.outcome import OutcomeStatus, StageOutcome
from rushes.pipeline.parsed import encode_findings
from rushes.pipeline.run_writer import RunWriter, StageResult, data_version
from rushes.pipeline.stopwatch import Stopwatch

TRANSCRIPT: Final = STAGE_OF_TYPE[ArtifactType.TRANSCRIPT_SEGMENT]
TRANSCRIPT_TYPE: Final = ArtifactType.TRANSCRIPT_SEGMENT.value

_MODEL = "none"


def _nobody(note: str) -> None:
    return


def import_captions(
    context: PipelineContext,
    film: Video,
    file: Path,
    language: str | None = None,
    tell: Callable[[str], None] = _nobody,
) -> StageOutcome:
    """Make the cues of `file` the film's transcript, unless they are that already.

    `language` is a code of ISO 639-1; None: what the file's name says, or that of the import that
    stands. `tell` gets what a person should know of the file. Failures are returned, not raised;
    a file that cannot be read (`bad_captions`) leaves no run behind.
    """
    try:
        captions = read_captions(file, _end_of(film))
    except RushesError as error:
        return StageOutcome(film.asset_id, TRANSCRIPT, OutcomeStatus.FAILED, error=error)
    if captions.note:
        tell(captions.note)
    work = _Import(context, film, captions, language or language_beside(file, film))
    with context.worker.exclusively(_work_name(film), lambda: None):
        return work.standing(any_language=language is None) or work.execute()


def remove_captions(context: PipelineContext, film: Video) -> int:
    """Delete the film's imported transcripts; returns how many runs. It is transcribed next time.

    Their documents go first, so that no replay brings them back; those that a film of the same
    content rests on stay.
    """
    mine = and_(
        runs.c.asset_id == film.asset_id,
        runs.c.stage == TRANSCRIPT,
        runs.c.origin == Origin.IMPORTED.value,
    )
    elsewhere = select(runs.c.doc_id).where(
        runs.c.asset_id != film.asset_id, runs.c.doc_id.is_not(None)
    )
    doomed = select(runs.c.doc_id).where(mine, runs.c.doc_id.not_in(elsewhere))
    with context.worker.exclusively(_work_name(film), lambda: None):
        with context.engine.connect() as connection:
            doc_ids = set(connection.execute(doomed).scalars())
        delete_documents(context.documents, TRANSCRIPT, doc_ids)
        with context.engine.begin() as connection:
            removed = list(connection.execute(select(runs.c.run_id).where(mine)).scalars())
            for run_id in removed:
                context.artifacts.delete_run(connection, run_id)
    return len(removed)


def imported_transcripts(connection: Connection, asset_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """The run that was imported last for each film's current content, by asset_id."""
    current = and_(
        asset.c.asset_id == runs.c.asset_id, asset.c.content_version == runs.c.content_version
    )
    query = (
        select(runs)
        .join(asset, current)
        .where(
            runs.c.asset_id.in_(list(asset_ids)),
            runs.c.stage == TRANSCRIPT,
            runs.c.origin == Origin.IMPORTED.value,
            runs.c.status == "completed",
        )
        .ext(distinct_on(runs.c.asset_id))
        .order_by(runs.c.asset_id, runs.c.started_at.desc())
    )
    return {row.asset_id: row for row in connection.execute(query)}


def findings_of(cues: Sequence[Cue], language: str) -> list[Finding]:
    """One `transcript.segment` a cue. Its words have no times of their own."""
    return [
        Finding(
            ArtifactType.TRANSCRIPT_SEGMENT,
            cue.start_ms,
            cue.end_ms,
            TranscriptSegmentV1(
                text=cue.text, language=language, confidence=1.0, no_speech_probability=0.0
            ).model_dump(mode="json"),
        )
        for cue in cues
    ]


class _Import:
    """One caption file for one film."""

    def __init__(
        self, context: PipelineContext, film: Video, captions: CaptionFile, language: str
    ) -> None:
        self._context = context
        self._film = film
        self._captions = captions
        self._language = language
        self._configuration = {
            "import": captions.format,
            "language": language,
            "options": {"sha256": captions.sha256},
        }
        self._start = RunStart(
            asset_id=film.asset_id,
            content_version=film.content_version,
            stage=TRANSCRIPT,
            model_profile=ModelProfile.NONE,
            config_hash=sha256_of(self._configuration),
            input_hash=sha256_of({"content": film.content_hash, "captions": captions.sha256}),
            producer=captions.format,
            producer_version=version("pysubs2"),
            origin=Origin.IMPORTED,
            language=None if self._language == UNKNOWN_LANGUAGE else self._language,
        )

    def standing(self, *, any_language: bool) -> StageOutcome | None:
        """The import that answers now, where it is of this very file."""
        start = self._start
        with self._context.engine.connect() as connection:
            row = find_imported(connection, start.asset_id, start.content_version, start.stage)
        if row is None or row.input_hash != start.input_hash:
            return None
        if row.config_hash != start.config_hash and not any_language:
            return None
        return StageOutcome(
            start.asset_id,
            start.stage,
            OutcomeStatus.UNCHANGED,
            run_id=row.run_id,
            data_version=data_version(row.config_hash, row.input_hash),
            counts=row.counts,
            timings=row.timings,
        )

    def execute(self) -> StageOutcome:
        """Document first, then artifacts, projection and run in one transaction."""
        run = RunWriter(self._context, self._start)
        try:
            settings = self._context.settings
            require_free_space(settings.data_dir, settings.min_free_bytes)
            return run.complete(self._work(run))
        except Exception as error:
            return run.fail(as_rushes_error(error))
        except BaseException:
            run.fail(AnalysisError("interrupted", code="interrupted", retryable=True))
            raise

    def _work(self, run: RunWriter) -> StageResult:
        taken, measures = Stopwatch(), Measures()
        for reason, count in self._captions.dropped.items():
            measures.count(f"cues {reason}", count)
        findings = findings_of(self._captions.cues, self._language)
        document = self._document(run, findings)
        taken.mark("document")
        return StageResult(
            findings, document, OutcomeStatus.COMPLETED, taken.seconds, measures=measures
        )

    def _document(self, run: RunWriter, findings: Sequence[Finding]) -> Document:
        writer = self._context.documents.begin(self._draft(run))
        writer.write_prompt("json", canonical_json(self._configuration).encode())
        writer.write_raw("json", canonical_json(self._raw()).encode())
        writer.write_parsed("json", encode_findings(findings))
        return writer.finish(DocumentStatus.OK)

    def _raw(self) -> dict[str, Any]:
        captions = self._captions
        return {
            "file": captions.name,
            "sha256": captions.sha256,
            "format": captions.format,
            "encoding": captions.encoding,
            "dropped": dict(captions.dropped),
            "cues": [[cue.start_ms, cue.end_ms, cue.text] for cue in captions.cues],
        }

    def _draft(self, run: RunWriter) -> DocumentDraft:
        start = self._start
        return DocumentDraft(
            stage=start.stage,
            asset_id=start.asset_id,
            content_version=start.content_version,
            content_hash=self._film.content_hash,
            config_hash=start.config_hash,
            input_hash=start.input_hash,
            template_id=f"{start.stage}/{start.origin.value}",
            model_id=_MODEL,
            model_profile=start.model_profile.value,
            producer=start.producer,
            producer_version=start.producer_version,
            run_id=run.run_id,
            attempt=run.attempt,
            origin=start.origin.value,
        )


def _end_of(film: Video) -> int | None:
    """The film's length in ms; of a film that is not indexed yet, what its container says."""
    if film.duration_ms is not None:
        return film.duration_ms
    from rushes.media.probe import probe

    try:
        return probe(source_path(film)).duration_ms
    except MediaError:
        return None


def _work_name(film: Video) -> str:
    return f"captions {film.asset_id}"
