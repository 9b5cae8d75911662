"""`/v1/admin/vectors`: with the key, runs of a runner, and never 200 with an error inside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from rushes.api.app import make_app
from rushes.audit import entries
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.runner import RunnerAwayError, VectorAction
from rushes.settings import Settings
from tests.idle_runner import IdleRunner
from tests.integration.api.conftest import KEY
from tests.integration.indexed_films import IndexedFilms
from tests.integration.vectors.space_writing import SpaceWriting, random_units

_ADMIN = "/v1/admin/vectors"


@pytest.fixture
def runner() -> IdleRunner:
    return IdleRunner()


@pytest.fixture
def admin(films: IndexedFilms, data_dir: Path, runner: IdleRunner) -> TestClient:
    """A client with the key of an API that reaches a runner."""
    context = PipelineContext(Settings(data_dir=data_dir, api_key=KEY), films.engine)
    client = TestClient(make_app(context, runner), raise_server_exceptions=False)
    client.headers.update({"X-API-Key": KEY, "X-Rushes-Actor": "Ada"})
    return client


@pytest.fixture
def spaces(films: IndexedFilms) -> list[str]:
    """The keys of two spaces with vectors."""
    writings = [SpaceWriting.of(films) for _ in range(2)]
    for each in writings:
        each.write(random_units(20, 8))
    return sorted(each.space.key for each in writings)


def test_the_status_tells_what_is_due(admin: TestClient, spaces: list[str]) -> None:
    body = admin.get(f"{_ADMIN}/status").json()
    assert body["save"] == "periodic"
    found = {each["key"]: each for each in body["spaces"]}
    assert sorted(found) == spaces
    first = found[spaces[0]]
    assert (first["embeddings"], first["delta"], first["generation"]) == (20, 20, None)
    assert (first["needs_rebuild"], first["space"]["dimension"]) == ("missing", 8)


@pytest.mark.parametrize("action", list(VectorAction))
def test_one_or_all_are_queued_and_noted(
    admin: TestClient,
    films: IndexedFilms,
    runner: IdleRunner,
    spaces: list[str],
    action: VectorAction,
) -> None:
    body = {"space": spaces[0], "reason": "a look"}
    answer = admin.post(f"{_ADMIN}/{action}", json=body)
    assert (answer.status_code, answer.json()) == (
        202,
        {"runs": [{"space": spaces[0], "run_id": "run 1"}], "in_flight": []},
    )
    with films.engine.connect() as connection:
        (noted,) = entries(connection, subject=spaces[0])
    assert (noted.actor, noted.action) == ("Ada", f"vectors.{action}")
    assert (noted.details["run_id"], noted.details["reason"]) == ("run 1", "a look")
    answer = admin.post(f"{_ADMIN}/{action}")
    assert [each["space"] for each in answer.json()["runs"]] == spaces
    assert [each[:2] for each in runner.asked] == [
        (space, action) for space in (spaces[0], *spaces)
    ]


def test_a_space_at_work_is_a_conflict_and_of_all_only_the_others_are_queued(
    admin: TestClient, runner: IdleRunner, spaces: list[str]
) -> None:
    runner.busy = {spaces[0]}
    answer = admin.post(f"{_ADMIN}/rebuild", json={"space": spaces[0]})
    assert (answer.status_code, answer.json()["code"]) == (409, "vector_run_in_flight")
    answer = admin.post(f"{_ADMIN}/rebuild", json={})
    assert answer.status_code == 202
    assert answer.json()["in_flight"] == [spaces[0]]
    assert [each["space"] for each in answer.json()["runs"]] == [spaces[1]]
    runner.busy = set(spaces)
    assert admin.post(f"{_ADMIN}/save").status_code == 409


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"space": "text-nothing"}, 404, "space_not_found"),
        ({"space": ""}, 404, "space_not_found"),
        ({"space": "a\0b"}, 404, "space_not_found"),
        ({"space": "../../etc"}, 404, "space_not_found"),
        ({"space": "\ud800"}, 422, "invalid_request"),
        ({"space": 7}, 422, "invalid_request"),
        ({"reason": ""}, 422, "invalid_request"),
        ({"reason": " \0 "}, 422, "invalid_request"),
        ({"reason": "x" * 501}, 422, "invalid_request"),
        ({"speed": "high"}, 422, "invalid_request"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(
    admin: TestClient, spaces: list[str], body: dict[str, Any], status: int, code: str
) -> None:
    answer = admin.post(
        f"{_ADMIN}/rebuild",
        content=json.dumps(body),
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_without_the_key_nothing_is_told_or_done(
    admin: TestClient, runner: IdleRunner, spaces: list[str]
) -> None:
    del admin.headers["X-API-Key"]
    answers = [
        admin.get(f"{_ADMIN}/status"),
        admin.post(f"{_ADMIN}/rebuild"),
        admin.post(f"{_ADMIN}/save", json={"space": spaces[0]}),
    ]
    assert [each.status_code for each in answers] == [401, 401, 401]
    assert runner.asked == []


def test_without_a_runner_or_a_daemon_it_says_so(
    writer: TestClient, admin: TestClient, runner: IdleRunner, spaces: list[str]
) -> None:
    answer = writer.post(f"{_ADMIN}/rebuild")
    assert (answer.status_code, answer.json()["code"]) == (503, "no_runner")
    runner.refusal = RunnerAwayError("no daemon")
    answer = admin.post(f"{_ADMIN}/rebuild")
    assert (answer.status_code, answer.json()["code"]) == (503, "runner_away")


def test_open_indexes_and_faults_have_numbers(
    films: IndexedFilms, data_dir: Path, spaces: list[str]
) -> None:
    context = PipelineContext(Settings(data_dir=data_dir, api_key=KEY), films.engine)
    client = TestClient(make_app(context), raise_server_exceptions=False)
    assert "rushes_vectors_searchable{" not in client.get("/metrics").text
    try:
        for each in context.vector_indexes.spaces():
            context.vector_indexes.of(each)
        numbers = client.get("/metrics").text
    finally:
        context.vector_indexes.close()
    for key in spaces:
        assert f'rushes_vectors_searchable{{space="{key}"}} 20.0' in numbers
        assert f'rushes_vectors_delta{{space="{key}"}} 20.0' in numbers
