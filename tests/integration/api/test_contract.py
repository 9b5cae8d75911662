"""Every operation keeps to what the OpenAPI document says of it, whatever it is sent.

The operations are read from the document, so that a new route is tested without being named here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from pydantic import SecretStr
from schemathesis.generation import GenerationMode
from schemathesis.python import asgi
from schemathesis.specs.openapi import checks
from sqlalchemy import Engine, select

from rushes.analysis.protocol import Finding
from rushes.api.app import make_app
from rushes.artifacts.vocabulary import ArtifactType
from rushes.db.tables import artifacts, asset, runs
from rushes.errors import DatabaseError
from rushes.pipeline.context import PipelineContext
from rushes.settings import Settings
from tests.idle_runner import IdleRunner
from tests.integration.api.conftest import KEY, NO_ENGINE
from tests.integration.artifacts.artifact_making import object_payload, place_payload
from tests.integration.indexed_films import IndexedFilms, on_screen, scene, segment

Operation = Any
Case = Any


_ADDRESS = f"http://{asgi.HOST}"
_EXAMPLES = 5
_DEEP_EXAMPLES = 150
"""Of an operation that the document allows, and as many that it does not: over 10,000 in all."""

_CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
_HOSTILE = (
    *("", "\0", "a\0b", "%", "_%\\", "' or 1=1 --", '"', "<script>", "../../etc/passwd", "🎬"),
    *("שלום", "ﬀ", "\u202e", "x" * 5000, "null", "-1", "NaN", "1e400", "9" * 40),
    *(str(2**63), str(-(2**63) - 1), "a & | ! <-> b", "(" * 200, "*", "WzFd", "{}"),
)


@pytest.fixture
def operations(engine: Engine, data_dir: Path) -> Iterator[tuple[Any, Sequence[Operation]]]:
    """A client of the API over `engine`, and every operation, those that delete last."""
    chosen = Settings(data_dir=data_dir, api_key=SecretStr(KEY), QUICKWIT_URL=NO_ENGINE)
    app = make_app(PipelineContext(chosen, engine), IdleRunner())
    schema = schemathesis.openapi.from_dict(app.openapi())
    found = [each.ok() for each in schema.get_all_operations()]
    with asgi.get_client(app) as client:
        yield client, sorted(found, key=lambda each: each.method.upper() == "DELETE")


@pytest.fixture
def known(films: IndexedFilms, engine: Engine) -> Mapping[str, Sequence[str]]:
    """Values that name what there is, by parameter."""
    for _ in range(3):
        _analyse(films, films.film())
    with engine.connect() as connection:
        ids = {
            "video_id": connection.scalars(select(asset.c.asset_id)).all(),
            "artifact_id": connection.scalars(select(artifacts.c.artifact_id)).all(),
            "run_id": connection.scalars(select(runs.c.run_id)).all(),
        }
    return {**ids, "library": ["films"], "slug": ["films"], "label": ["dog"], "q": ["dog"]}


def test_no_operation_breaks_its_word(
    operations: tuple[Any, Sequence[Operation]],
    known: Mapping[str, Sequence[str]],
    subtests: pytest.Subtests,
) -> None:
    client, every = operations
    assert len(every) > 10
    for operation in every:
        with subtests.test(operation=operation.label):
            _hold(operation, client, known, _EXAMPLES)


@pytest.mark.deep
def test_no_operation_breaks_its_word_however_often_it_is_asked(
    operations: tuple[Any, Sequence[Operation]],
    known: Mapping[str, Sequence[str]],
    subtests: pytest.Subtests,
) -> None:
    client, every = operations
    for operation in every:
        with subtests.test(operation=operation.label):
            _hold(operation, client, known, _DEEP_EXAMPLES)


def _hold(
    operation: Operation, client: Any, known: Mapping[str, Sequence[str]], examples: int
) -> None:
    """Send what the document allows, and what it does not; every answer is one that it has."""

    def send(case: Case) -> None:
        answer = case.call(session=client, base_url=_ADDRESS, headers={"X-API-Key": KEY})
        assert _is_no_fault(answer), f"{case.as_curl_command()}: {answer.text}"
        case.validate_response(answer, checks=_CHECKS)

    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        try:
            _searched(send, _cases(operation, mode, known), examples)
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # it takes nothing that could be wrong


def _searched(send: Callable[[Case], None], cases: Any, examples: int) -> None:
    settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=examples == _EXAMPLES,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )(given(cases)(send))()


@st.composite
def _cases(
    draw: st.DrawFn, operation: Operation, mode: GenerationMode, known: Mapping[str, Sequence[str]]
) -> Case:
    """A request of the operation, with names that exist and hostile texts in some places."""
    case = draw(operation.as_strategy(generation_mode=mode))
    places = itertools.chain(
        ((case.path_parameters, name) for name in [*case.path_parameters]),
        ((case.query, name) for name in [*case.query]),
    )
    for where, name in places:
        choice = draw(st.integers(0, 3))
        if name in known and choice < 2:
            where[name] = draw(st.sampled_from(known[name]))
        elif choice == 2 and isinstance(where[name], str):
            where[name] = draw(st.sampled_from(_HOSTILE[where is case.path_parameters :]))
    return case


def _is_no_fault(answer: Any) -> bool:
    """Nothing went wrong in the server: at most, what lies outside (a drive) is not there."""
    if answer.status_code < 500:
        return True
    return answer.status_code == 503 and answer.json()["code"] != DatabaseError.code


def _analyse(films: IndexedFilms, film: str) -> None:
    """A film with something of several kinds."""
    films.run(film, [scene(0, 1000), scene(1000, 3000, 1)])
    films.run(film, [segment("the dog barks", 0, 1000), segment("and again", 1000, 2000)])
    films.run(film, [on_screen("BEWARE OF THE DOG", 500, 2500)])
    seen = [
        Finding(ArtifactType.OBJECT_DETECTION, 0, 1000, object_payload()),
        Finding(ArtifactType.OBJECT_DETECTION, 1000, 2000, object_payload(1)),
    ]
    films.run(film, seen)
    films.run(film, [Finding(ArtifactType.PLACE_CLASSIFICATION, 0, 3000, place_payload())])
