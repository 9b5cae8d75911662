"""Corrections by people, put back as runs of origin `human` on every film of the same content."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func, insert, select, update

from rushes import audit
from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.hashing import artifact_id, sha256_of
from rushes.artifacts.registry import default_registry
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.vocabulary import Origin
from rushes.db.tables import asset, runs
from rushes.db.user_tables import audit_log
from rushes.errors import RushesError
from rushes.export.corrections import correction_key, corrections_of
from rushes.export.film_contents import FilmHere, FilmsHere
from rushes.export.records import CorrectedArtifact, CorrectionRecord
from rushes.export.restore_report import RestoreReport

_NO_WORKER = 0
_ID_DIGITS = 24
_WITHDRAWN = "correction.withdrawn"


def restore_corrections(
    connection: Connection,
    records: Iterable[CorrectionRecord],
    films: FilmsHere,
    report: RestoreReport,
    *,
    overwrite: bool,
) -> set[str]:
    """Write the corrections that the films lack. Returns the content hashes that are here.

    What was withdrawn here since stays so, unless `overwrite`. A payload that this version cannot
    read is reported and left out.
    """
    wanted = [(record, film) for record in records for film in films.of(record)]
    asset_ids = sorted({film.asset_id for _, film in wanted})
    standing = {
        (asset_id, version, correction_key(each))
        for asset_id, version, each in corrections_of(connection, asset_ids)
    }
    withdrawn = set() if overwrite else _withdrawn(connection)
    for record, film in wanted:
        key = (film.asset_id, film.content_version, correction_key(record))
        run_id = f"r{sha256_of(key)[:_ID_DIGITS]}"
        if key in standing:
            report.count("corrections", is_new=False)
        elif withdrawn & {run_id, record.run_id}:
            subject = f"{film.asset_id}: {record.stage}"
            report.differ("correction", subject, "withdrawn", "made", "withdrawn")
        elif _written(connection, run_id, record, film, report):
            report.count("corrections", is_new=True)
        standing.add(key)
    return {record.content_hash for record, _ in wanted}


def _withdrawn(connection: Connection) -> set[str]:
    query = select(audit_log.c.subject).where(audit_log.c.action == _WITHDRAWN)
    return set(connection.execute(query).scalars())


def _written(
    connection: Connection,
    run_id: str,
    record: CorrectionRecord,
    film: FilmHere,
    report: RestoreReport,
) -> bool:
    savepoint = connection.begin_nested()
    try:
        connection.execute(insert(runs).values(_run(run_id, record, film)))
        envelopes = [
            _envelope(run_id, record, film, ordinal, each)
            for ordinal, each in enumerate(record.artifacts)
        ]
        ArtifactRepository(default_registry()).batch_create(connection, envelopes)
    except RushesError as error:
        savepoint.rollback()
        subject = f"{film.asset_id}: {record.stage}"
        report.differ("correction", subject, "cannot be read here", error.message, "left out")
        return False
    savepoint.commit()
    if record.actor is not None:
        told = {"video_id": film.asset_id, "restored_from": record.run_id}
        audit.record(connection, record.actor, "correction.made", run_id, told)
    found = update(asset).where(asset.c.asset_id == film.asset_id, ~asset.c.searchable)
    connection.execute(found.values(searchable=True, updated_at=func.now()))
    return True


def _run(run_id: str, record: CorrectionRecord, film: FilmHere) -> dict[str, object]:
    return {
        "run_id": run_id,
        "asset_id": film.asset_id,
        "content_version": film.content_version,
        "stage": record.stage,
        "origin": Origin.HUMAN.value,
        "model_profile": record.model_profile.value,
        "config_hash": record.config_hash,
        "input_hash": record.input_hash,
        "producer": record.producer,
        "producer_version": record.producer_version,
        "language": record.language,
        "status": "completed",
        "worker_key": _NO_WORKER,
        "started_at": record.started_at,
        "finished_at": record.finished_at,
        "reported_at": func.now(),
        "counts": record.counts,
    }


def _envelope(
    run_id: str,
    record: CorrectionRecord,
    film: FilmHere,
    ordinal: int,
    artifact: CorrectedArtifact,
) -> ArtifactEnvelope:
    start_ms, end_ms = artifact.span
    return ArtifactEnvelope(
        artifact_id=artifact_id(run_id, artifact.artifact_type, ordinal),
        asset_id=film.asset_id,
        artifact_type=artifact.artifact_type,
        schema_version=artifact.schema_version,
        span_start_ms=start_ms,
        span_end_ms=end_ms,
        payload=artifact.payload,
        producer=record.producer,
        producer_version=record.producer_version,
        model_profile=record.model_profile,
        config_hash=record.config_hash,
        input_hash=record.input_hash,
        run_id=run_id,
        created_at=artifact.created_at,
    )
