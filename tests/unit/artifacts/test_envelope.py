"""The envelope: fourteen fields, none of them empty."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile
from rushes.errors import InvalidRequestError

VALUES: dict[str, Any] = {
    "artifact_id": "id",
    "asset_id": "film",
    "artifact_type": ArtifactType.SCENE,
    "schema_version": 1,
    "span_start_ms": 0,
    "span_end_ms": 10,
    "payload": {"scene_index": 0},
    "producer": "scenedetect",
    "producer_version": "0.7",
    "model_profile": ModelProfile.NONE,
    "config_hash": "configuration",
    "input_hash": "input",
    "run_id": "run",
    "created_at": datetime(2024, 5, 1, tzinfo=UTC),
}


def test_it_has_exactly_its_fourteen_fields() -> None:
    assert [each.name for each in fields(ArtifactEnvelope)] == list(VALUES)
    assert len(VALUES) == 14


def test_every_field_is_required() -> None:
    for name in VALUES:
        with pytest.raises(TypeError, match=name):
            ArtifactEnvelope(**{key: value for key, value in VALUES.items() if key != name})


@pytest.mark.parametrize("empty", [None, ""])
@pytest.mark.parametrize("name", VALUES)
def test_an_empty_field_is_refused_by_its_name(name: str, empty: Any) -> None:
    with pytest.raises(InvalidRequestError, match=name) as raised:
        ArtifactEnvelope(**{**VALUES, name: empty})
    assert raised.value.code == "bad_artifact"


@given(begin=st.integers(-5, 20), end=st.integers(-5, 20))
def test_a_span_starts_at_zero_or_later_and_ends_after_it_starts(begin: int, end: int) -> None:
    values = {**VALUES, "span_start_ms": begin, "span_end_ms": end}
    if 0 <= begin < end:
        assert ArtifactEnvelope(**values).span_end_ms == end
    else:
        with pytest.raises(InvalidRequestError, match="span"):
            ArtifactEnvelope(**values)


@pytest.mark.parametrize(("name", "value"), [("schema_version", 0), ("payload", ["no object"])])
def test_versions_count_from_one_and_a_payload_is_an_object(name: str, value: Any) -> None:
    with pytest.raises(InvalidRequestError, match=name):
        ArtifactEnvelope(**{**VALUES, name: value})


def test_it_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        ArtifactEnvelope(**VALUES).run_id = "another"  # type: ignore[misc]
