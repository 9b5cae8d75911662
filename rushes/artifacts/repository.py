"""Reading and writing artifacts. A caller brings the transaction; nothing here commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from psycopg import OperationalError
from psycopg.errors import DiskFull, UniqueViolation
from sqlalchemy import Connection, Select, delete, select
from sqlalchemy.dialects.postgresql import insert

from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.projections import project_runs
from rushes.artifacts.queries import (
    EVERYWHERE,
    MAX_PAGE,
    ArtifactPage,
    Range,
    answering,
    checked_limit,
    of_producer,
    page_of_producer,
)
from rushes.artifacts.registry import SchemaRegistry
from rushes.artifacts.run_list import origins_of_runs
from rushes.artifacts.selection import Selection
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile
from rushes.db.tables import artifacts, runs
from rushes.errors import DatabaseError, StorageError

_COLUMNS = tuple(column.name for column in artifacts.c)
_COPY = f"copy artifacts ({', '.join(_COLUMNS)}) from stdin"


class ArtifactRepository:
    """Artifacts of all films, validated on the way in and parsed on the way out."""

    def __init__(self, registry: SchemaRegistry) -> None:
        self._registry = registry

    def batch_create(self, connection: Connection, envelopes: Sequence[ArtifactEnvelope]) -> int:
        """Validate everything, then insert it with its projections. Returns the number given.

        A row that stands already (a retry) is left as it is. Raises InvalidRequestError before
        anything is written where one payload does not fit its schema.
        """
        if not envelopes:
            return 0
        rows = [self._row(envelope) for envelope in envelopes]
        savepoint = connection.begin_nested()
        try:
            _copy(connection, rows)
            savepoint.commit()
        except UniqueViolation:
            savepoint.rollback()
            _insert_missing(connection, envelopes)
        project_runs(connection, sorted({envelope.run_id for envelope in envelopes}))
        return len(envelopes)

    def whole_payload(
        self, artifact_type: ArtifactType, schema_version: int, payload: dict[str, Any]
    ) -> dict[str, Any]:
        """The payload with the defaults of its schema, or InvalidRequestError `bad_payload`."""
        parsed = self._registry.parse(artifact_type, schema_version, payload)
        return parsed.model_dump(mode="json")

    def get(self, connection: Connection, artifact_id: str) -> ArtifactEnvelope | None:
        """One artifact, or None."""
        found = self._read(
            connection, select(artifacts).where(artifacts.c.artifact_id == artifact_id)
        )
        return found[0] if found else None

    def by_asset(
        self,
        connection: Connection,
        asset_id: str,
        artifact_type: ArtifactType | None = None,
        run_ids: Iterable[str] | None = None,
    ) -> list[ArtifactEnvelope]:
        """A film's artifacts in order of (start, artifact_id), of all runs or of those given.

        Nothing is selected, and what a correction replaces is there too: see `answering`.
        """
        query = select(artifacts).where(artifacts.c.asset_id == asset_id)
        return self._read(connection, _ordered(_narrowed(query, artifact_type, run_ids)))

    def by_span(
        self,
        connection: Connection,
        asset_id: str,
        start_ms: int,
        end_ms: int,
        artifact_type: ArtifactType | None = None,
        run_ids: Iterable[str] | None = None,
    ) -> list[ArtifactEnvelope]:
        """Those of them that overlap [start_ms, end_ms): start < end_ms and end > start_ms."""
        query = select(artifacts).where(
            artifacts.c.asset_id == asset_id,
            artifacts.c.span_start_ms < end_ms,
            artifacts.c.span_end_ms > start_ms,
        )
        return self._read(connection, _ordered(_narrowed(query, artifact_type, run_ids)))

    def answering(
        self,
        connection: Connection,
        asset_id: str,
        artifact_type: ArtifactType | None = None,
        span: Range = EVERYWHERE,
        selection: Selection | None = None,
    ) -> list[ArtifactEnvelope]:
        """What answers for a film in a range, by `selection` or else by its stored policy.

        What is selected is kept at each commit: a transaction does not see its own changes to it.
        """
        statement, values = answering(asset_id, artifact_type, span, selection)
        return [self._envelope(row._asdict()) for row in statement.rows(connection, values)]

    def page(
        self,
        connection: Connection,
        asset_id: str,
        artifact_type: ArtifactType | None = None,
        span: Range = EVERYWHERE,
        selection: Selection | None = None,
        *,
        cursor: str | None = None,
        limit: int = MAX_PAGE,
    ) -> ArtifactPage:
        """The same, at most `limit` of them after the cursor of an earlier page."""
        more = checked_limit(limit) + 1
        statement, values = answering(
            asset_id, artifact_type, span, selection, cursor=cursor, limit=more
        )
        rows = statement.rows(connection, values)
        found = [self._envelope(row._asdict()) for row in rows]
        origins = {row.run_id: row.origin for row in rows[:limit]}
        return ArtifactPage.cut(
            found, limit, origins, lambda each: (each.span_start_ms, each.artifact_id)
        )

    def by_provenance(
        self,
        connection: Connection,
        producer: str,
        producer_version: str | None = None,
        config_hash: str | None = None,
    ) -> list[ArtifactEnvelope]:
        """What that producer made, of one version and configuration or of all.

        In order of (asset_id, start, artifact_id), of whichever run.
        """
        column = artifacts.c
        query = of_producer(producer, producer_version, config_hash)
        order = (column.asset_id, column.span_start_ms, column.artifact_id)
        return self._read(connection, query.order_by(*order))

    def page_by_provenance(
        self,
        connection: Connection,
        producer: str,
        producer_version: str | None = None,
        config_hash: str | None = None,
        *,
        cursor: str | None = None,
        limit: int = MAX_PAGE,
    ) -> ArtifactPage:
        """The same by version and id, at most `limit` after the cursor of an earlier page."""
        more = checked_limit(limit) + 1
        query = page_of_producer(producer, producer_version, config_hash, cursor, more)
        found = self._read(connection, query)
        origins = origins_of_runs(connection, {each.run_id for each in found[:limit]})
        version = config_hash is None
        return ArtifactPage.cut(
            found,
            limit,
            origins,
            lambda each: (*((each.producer_version,) if version else ()), each.artifact_id),
        )

    def delete_run(self, connection: Connection, run_id: str) -> None:
        """Remove a run with its artifacts and projections."""
        connection.execute(delete(runs).where(runs.c.run_id == run_id))

    def _row(self, envelope: ArtifactEnvelope) -> list[Any]:
        """The columns' values, the payload as JSON that has been checked."""
        text = self._registry.checked_json(
            envelope.artifact_type, envelope.schema_version, envelope.payload
        )
        return [text if name == "payload" else getattr(envelope, name) for name in _COLUMNS]

    def _read(self, connection: Connection, query: Select[Any]) -> list[ArtifactEnvelope]:
        return [self._envelope(dict(row)) for row in connection.execute(query).mappings()]

    def _envelope(self, row: Mapping[str, Any]) -> ArtifactEnvelope:
        values = {name: row[name] for name in _COLUMNS}
        values["artifact_type"] = ArtifactType(values["artifact_type"])
        values["model_profile"] = ModelProfile(values["model_profile"])
        self._registry.parse(values["artifact_type"], values["schema_version"], values["payload"])
        return ArtifactEnvelope(**values)


def _narrowed(
    query: Select[Any], artifact_type: ArtifactType | None, run_ids: Iterable[str] | None
) -> Select[Any]:
    if artifact_type is not None:
        query = query.where(artifacts.c.artifact_type == artifact_type.value)
    if run_ids is not None:
        query = query.where(artifacts.c.run_id.in_(list(run_ids)))
    return query


def _ordered(query: Select[Any]) -> Select[Any]:
    return query.order_by(artifacts.c.span_start_ms, artifacts.c.artifact_id)


def _copy(connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
    try:
        with connection.connection.cursor().copy(_COPY) as copy:
            for row in rows:
                copy.write_row(row)
    except DiskFull as error:
        raise StorageError(
            "no space left on the disk of the database", code="disk_full", remedy="free some space"
        ) from error
    except OperationalError as error:
        raise DatabaseError(f"Postgres could not take the artifacts: {error}") from error


def _insert_missing(connection: Connection, envelopes: Sequence[ArtifactEnvelope]) -> None:
    rows = [{name: getattr(envelope, name) for name in _COLUMNS} for envelope in envelopes]
    connection.execute(insert(artifacts).on_conflict_do_nothing(), rows)
