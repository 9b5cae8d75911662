"""Artifacts from documents: what `documents replay` does. No model runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import select

from rushes.artifacts.runs import RunStart, find_completed
from rushes.artifacts.vocabulary import ModelProfile, Origin
from rushes.db.tables import asset
from rushes.documents import Document, DocumentStatus
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.faults import as_rushes_error
from rushes.pipeline.outcome import OutcomeStatus, StageOutcome
from rushes.pipeline.parsed import decode_findings
from rushes.pipeline.run_writer import RunWriter, StageResult


def replay(context: PipelineContext) -> Iterator[StageOutcome]:
    """Write the runs that documents know and Postgres does not, oldest first.

    Every film whose current content a document is about gets its results, duplicates too.
    """
    films = _films_by_content(context)
    for document in sorted(_latest_per_work(context).values(), key=lambda each: each.order):
        for asset_id, content_version in films.get(document.content_hash, ()):
            start = _start(document, asset_id, content_version)
            with context.engine.connect() as connection:
                standing = find_completed(connection, start)
            if standing is None:
                yield _write(context, start, document)


def _write(context: PipelineContext, start: RunStart, document: Document) -> StageOutcome:
    run = RunWriter(context, start)
    try:
        findings = decode_findings(context.documents.read_parsed(document))
        return run.complete(StageResult(findings, document, OutcomeStatus.REUSED, {}))
    except Exception as error:
        return run.fail(as_rushes_error(error))


def _start(document: Document, asset_id: str, content_version: int) -> RunStart:
    return RunStart(
        asset_id=asset_id,
        content_version=content_version,
        stage=document.stage,
        model_profile=ModelProfile(document.model_profile),
        config_hash=document.config_hash,
        input_hash=document.input_hash,
        producer=document.producer,
        producer_version=document.producer_version,
        origin=Origin(document.origin),
    )


def _latest_per_work(context: PipelineContext) -> Mapping[tuple[str, str], Document]:
    latest: dict[tuple[str, str], Document] = {}
    for document in context.documents.walk():
        if document.status is not DocumentStatus.OK:
            continue
        key = (document.logical_key_id, document.model_profile)
        if key not in latest or document.order > latest[key].order:
            latest[key] = document
    return latest


def _films_by_content(context: PipelineContext) -> dict[str, list[tuple[str, int]]]:
    films: dict[str, list[tuple[str, int]]] = {}
    with context.engine.connect() as connection:
        query = select(asset.c.content_hash, asset.c.asset_id, asset.c.content_version)
        for content_hash, asset_id, version in connection.execute(query.order_by(asset.c.asset_id)):
            films.setdefault(content_hash, []).append((asset_id, version))
    return films
