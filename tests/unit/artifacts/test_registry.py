"""The schema registry: one model for each type and version, for good."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from rushes.artifacts.registry import (
    SchemaConflictError,
    SchemaNotFoundError,
    SchemaRegistry,
    default_registry,
)
from rushes.artifacts.schemas import Payload
from rushes.artifacts.vocabulary import ArtifactType
from rushes.errors import InvalidRequestError


class First(Payload):
    number: int


class Second(Payload):
    number: int
    name: str


MODELS = (First, Second)
STEPS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(1, 3), st.sampled_from(MODELS)), max_size=12
)


@given(steps=STEPS)
def test_the_first_model_of_a_type_and_version_stays(
    steps: list[tuple[str, int, type[BaseModel]]],
) -> None:
    registry, expected = SchemaRegistry(), dict[tuple[str, int], type[BaseModel]]()
    for name, version, model in steps:
        present = expected.setdefault((name, version), model)
        if present is model:
            registry.register(name, version, model)
        else:
            with pytest.raises(SchemaConflictError, match=present.__name__):
                registry.register(name, version, model)
    assert {key: registry.model(*key) for key in registry} == expected


def test_an_unknown_type_or_version_is_named() -> None:
    registry = default_registry()
    for name, version in ((ArtifactType.SCENE, 2), ("smell", 1)):
        with pytest.raises(SchemaNotFoundError, match=f"{name} version {version}"):
            registry.parse(name, version, {})


def test_versions_of_one_type_coexist() -> None:
    registry = SchemaRegistry()
    registry.register("a", 1, First)
    registry.register("a", 2, Second)
    assert registry.parse("a", 1, {"number": 1}) == First(number=1)
    assert registry.parse("a", 2, {"number": 1, "name": "x"}) == Second(number=1, name="x")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({}, "number"),
        ({"number": "1"}, "number"),
        ({"number": True}, "number"),
        ({"number": 1, "more": 2}, "more"),
        ({"number": float("nan")}, "no JSON"),
        ({"number": {1, 2}}, "no JSON"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(payload: dict[str, Any], reason: str) -> None:
    registry = SchemaRegistry()
    registry.register("a", 1, First)
    with pytest.raises(InvalidRequestError, match=reason) as raised:
        registry.parse("a", 1, payload)
    assert raised.value.code == "bad_payload"


def test_every_payload_is_frozen_and_forbids_unknown_fields() -> None:
    registry = default_registry()
    for key in registry:
        settings = registry.model(*key).model_config
        assert settings.get("frozen")
        assert settings.get("extra") == "forbid"
