"""What its schema allows comes back from Postgres as it was, for every registered type."""

from __future__ import annotations

import math
import types
from datetime import UTC, datetime
from typing import Any, Literal, Union, get_args, get_origin

import annotated_types
import pytest
from artifact_making import add_run, envelope
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from sqlalchemy import Engine

from rushes.artifacts.registry import default_registry
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.vocabulary import ArtifactType
from rushes.errors import InvalidRequestError

REGISTRY = default_registry()
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
LARGEST_INT = 2**53


def payloads(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Everything that fits `model`, as JSON values."""
    fields = {name: _field(info) for name, info in model.model_fields.items()}
    required = {
        name: each for name, each in fields.items() if model.model_fields[name].is_required()
    }
    optional = {name: each for name, each in fields.items() if name not in required}
    made = st.fixed_dictionaries(required, optional=optional)
    return made.map(lambda values: model(**values).model_dump(mode="json"))


def _field(info: FieldInfo) -> st.SearchStrategy[Any]:
    return _values(info.annotation, list(info.metadata))


def _values(kind: Any, rules: list[Any]) -> st.SearchStrategy[Any]:
    if get_origin(kind) in (Union, types.UnionType):
        return st.one_of(*(_values(each, rules) for each in get_args(kind)))
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is tuple:
        least = max(
            (r.min_length for r in rules if isinstance(r, annotated_types.MinLen)), default=0
        )
        item = _values(get_args(kind)[0], [])
        return st.lists(item, min_size=least, max_size=least + 2).map(tuple)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return payloads(kind)
    low, high = _bounds(rules)
    by_type: dict[Any, st.SearchStrategy[Any]] = {
        str: TEXT.filter(bool),
        bool: st.booleans(),
        int: st.integers(math.ceil(low), math.floor(high)),
        float: st.floats(low, high),
        datetime: MOMENTS,
        type(None): st.none(),
    }
    return by_type[kind]


def _bounds(rules: list[Any]) -> tuple[float, float]:
    low, high = float(-LARGEST_INT), float(LARGEST_INT)
    for rule in rules:
        if isinstance(rule, annotated_types.Ge):
            low = max(low, float(rule.ge))  # type: ignore[arg-type]
        elif isinstance(rule, annotated_types.Gt):
            low = max(low, float(rule.gt) + 1)  # type: ignore[arg-type]
        elif isinstance(rule, annotated_types.Le):
            high = min(high, float(rule.le))  # type: ignore[arg-type]
    return low, high


@pytest.mark.parametrize(("artifact_type", "version"), list(REGISTRY))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_payload_round_trips_through_its_schema(
    film_engine: Engine, artifact_type: str, version: int, data: st.DataObject
) -> None:
    repository = ArtifactRepository(REGISTRY)
    payload = data.draw(payloads(REGISTRY.model(artifact_type, version)))
    with film_engine.connect() as connection:
        written = envelope(
            add_run(connection),
            artifact_type=ArtifactType(artifact_type),
            payload=payload,
            schema_version=version,
        )
        repository.batch_create(connection, [written])
        read = repository.get(connection, written.artifact_id)
        connection.rollback()
    assert read is not None
    parsed = REGISTRY.parse(artifact_type, version, read.payload)
    assert parsed == REGISTRY.parse(artifact_type, version, payload)


def test_every_type_has_a_schema() -> None:
    assert {artifact_type for artifact_type, _ in REGISTRY} == set(ArtifactType)


@pytest.mark.parametrize("text", ["nul\x00", "back\\\\\x00", "surrogate\ud800"])
def test_text_that_postgres_cannot_store_is_refused_before_it_is_asked(text: str) -> None:
    payload = {"text": text, "language": "en", "confidence": 0.5, "no_speech_probability": 0.5}
    with pytest.raises(InvalidRequestError) as raised:
        REGISTRY.checked_json(ArtifactType.TRANSCRIPT_SEGMENT, 1, payload)
    assert raised.value.code == "bad_payload"


def test_a_backslash_before_u0000_is_text_like_any_other() -> None:
    payload = {
        "text": "\\u0000",
        "language": "en",
        "confidence": 0.5,
        "no_speech_probability": 0.5,
    }
    assert REGISTRY.checked_json(ArtifactType.TRANSCRIPT_SEGMENT, 1, payload)
