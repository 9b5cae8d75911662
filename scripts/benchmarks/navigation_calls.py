"""The calls in Python behind the routes, by the path of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine

from rushes.artifacts.queries import Range
from rushes.artifacts.registry import default_registry
from rushes.artifacts.repository import ArtifactRepository
from rushes.errors import NotFoundError
from rushes.moments.expression import Asking
from rushes.moments.find import Scope, moments
from rushes.navigation.direction import Direction
from rushes.navigation.find import find
from rushes.navigation.found import Grouping
from rushes.navigation.jump import jump
from rushes.navigation.kinds import Kind
from rushes.navigation.library_jump import jump_library
from rushes.navigation.vocabulary import TermKind, vocabulary
from rushes.navigation.wanted import Wanted
from scripts.benchmarks.navigation_requests import (
    FIND,
    JUMP,
    LIBRARY_JUMP,
    MOMENTS,
    PAGE,
    SPAN,
    VOCABULARY,
)

_STORE = ArtifactRepository(default_registry())
Values = Mapping[str, Any]


def _wanted(values: Values) -> list[Wanted]:
    # `person` stands among the values of every film; only a question for people means it.
    names = {"object": "label", "transcript": "text", "person": "person"}
    name = names.get(values["kind"])
    limits = {name: values[name]} if name else {}
    return [Wanted(Kind(values["kind"]), **limits)]


def _jump(engine: Engine, values: Values) -> object:
    group = Grouping() if values.get("group") == "appearance" else None
    with suppress(NotFoundError):
        return jump(
            engine,
            values["film"],
            _wanted(values),
            Direction(values["direction"]),
            from_ms=values["from_ms"],
            group=group,
        )
    return None


def _jump_library(engine: Engine, values: Values) -> object:
    return jump_library(engine, _wanted(values), Direction.NEXT, limit=values["limit"])


def _find(engine: Engine, values: Values) -> object:
    return find(engine, values["film"], values["q"], limit=values["limit"])


def _vocabulary(engine: Engine, values: Values) -> object:
    return vocabulary(engine, TermKind(values["kind"]))


def _moments(engine: Engine, values: Values) -> object:
    return moments(
        engine, Asking.of(values["body"]["expression"]).expression, Scope(limit=values["limit"])
    )


def _span(engine: Engine, values: Values) -> object:
    with engine.connect() as connection:
        return _STORE.page(
            connection, values["film"], span=Range(values["from_ms"], values["to_ms"]), limit=PAGE
        )


CALLS: dict[str, Callable[[Engine, Values], object]] = {
    JUMP: _jump,
    LIBRARY_JUMP: _jump_library,
    FIND: _find,
    SPAN: _span,
    VOCABULARY: _vocabulary,
    MOMENTS: _moments,
}
