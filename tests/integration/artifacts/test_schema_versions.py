"""Every version that was ever written stays readable, beside those that came after it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from artifact_making import FILM, SEGMENT, add_run, envelope, segment_payload
from histories import TEXTS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import Field
from sqlalchemy import Connection, Engine, func, insert, select

from rushes.artifacts.registry import SchemaNotFoundError, SchemaRegistry, default_registry
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.schemas import Payload
from rushes.artifacts.vocabulary import ArtifactType
from rushes.db.tables import artifacts

WRITTEN = json.loads((Path(__file__).parent / "written_payloads.json").read_text())
"""Payloads as they were written: never changed, only added to. `type version` -> payload."""


class TranscriptSegmentV2(Payload):
    """A segment that knows how loud it is."""

    text: str = Field(min_length=1)
    loudness: float = Field(description="LUFS")


def _both_versions() -> SchemaRegistry:
    registry = default_registry()
    registry.register(SEGMENT, 2, TranscriptSegmentV2)
    return registry


def test_every_registered_version_has_a_payload_that_was_written() -> None:
    assert sorted(WRITTEN) == [f"{kind} {version}" for kind, version in default_registry()]


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_what_was_written_is_still_read(
    connection: Connection, repository: ArtifactRepository, name: str
) -> None:
    kind, version = name.split()
    row = envelope(add_run(connection), 0, ArtifactType(kind), WRITTEN[name])
    stored = {field: getattr(row, field) for field in row.__dataclass_fields__}
    # Past the repository, as a row of an older program stands in the table.
    connection.execute(insert(artifacts).values({**stored, "schema_version": int(version)}))
    (read,) = repository.by_asset(connection, FILM)
    assert read.payload == WRITTEN[name]


MIXED = st.lists(st.tuples(st.sampled_from([1, 2]), TEXTS), min_size=1, max_size=6)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(mixed=MIXED)
def test_versions_of_one_type_stand_beside_one_another(
    store_database: Engine, mixed: list[tuple[int, str]]
) -> None:
    def payload(version: int, text: str) -> dict[str, Any]:
        return segment_payload(text) if version == 1 else {"text": text, "loudness": -23.5}

    store = ArtifactRepository(_both_versions())
    with store_database.connect() as connection:
        run_id = add_run(connection)
        written = [
            envelope(run_id, place, payload=payload(version, text), schema_version=version)
            for place, (version, text) in enumerate(mixed)
        ]
        store.batch_create(connection, written)
        read = store.by_asset(connection, FILM)
        connection.rollback()
    assert read == written


def test_a_version_that_is_not_known_here_is_refused_on_the_way_in_and_out(
    connection: Connection, repository: ArtifactRepository
) -> None:
    newer = envelope(add_run(connection), payload={"text": "a", "loudness": 0.0}, schema_version=2)
    with pytest.raises(SchemaNotFoundError, match="version 2"):
        repository.batch_create(connection, [newer])
    assert connection.scalar(select(func.count()).select_from(artifacts)) == 0
    ArtifactRepository(_both_versions()).batch_create(connection, [newer])
    with pytest.raises(SchemaNotFoundError, match="version 2"):
        repository.by_asset(connection, FILM)
