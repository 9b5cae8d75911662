"""`DELETE /v1/videos/{video_id}` and `GET /v1/videos/{video_id}/stages`."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from rushes.api.app import make_app
from rushes.artifacts.vocabulary import Origin
from rushes.pipeline.context import PipelineContext
from rushes.settings import Settings
from tests.idle_runner import IdleRunner
from tests.integration.api.conftest import KEY
from tests.integration.indexed_films import IndexedFilms, segment


@pytest.fixture
def runner() -> IdleRunner:
    return IdleRunner()


@pytest.fixture
def running(films: IndexedFilms, data_dir: Path, runner: IdleRunner) -> TestClient:
    """A client with the key of an API that reaches a runner."""
    context = PipelineContext(Settings(data_dir=data_dir, api_key=KEY), films.engine)
    client = TestClient(make_app(context, runner), raise_server_exceptions=False)
    client.headers["X-API-Key"] = KEY
    return client


def test_a_film_is_deleted_once_and_a_repeat_says_the_same(
    running: TestClient, films: IndexedFilms, runner: IdleRunner
) -> None:
    film = films.said("one", "two")
    answer = running.delete(f"/v1/videos/{film}", headers={"X-Rushes-Actor": "Ada"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    removed = body["removed"]
    assert (removed["runs"], removed["artifacts"], body["already_deleted"]) == (1, 2, False)
    assert running.get(f"/v1/videos/{film}").status_code == 404
    again = running.delete(f"/v1/videos/{film}").json()
    assert again == {**body, "already_deleted": True}
    assert runner.forgotten == [film]


def test_what_cannot_be_deleted_is_refused_with_its_code(
    running: TestClient, writer: TestClient, films: IndexedFilms, runner: IdleRunner
) -> None:
    film = films.film()
    runner.busy = {film}
    for client, video, status, code in (
        (running, film, 409, "in_flight"),
        (running, "nothing", 404, "video_not_found"),
        (running, "%00", 404, "video_not_found"),
        (writer, film, 503, "no_runner"),
    ):
        answer = client.delete(f"/v1/videos/{video}")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    del running.headers["X-API-Key"]
    runner.busy = set()
    assert running.delete(f"/v1/videos/{film}").status_code == 401
    assert running.get(f"/v1/videos/{film}").status_code == 200


def test_stages_tell_origin_and_failure(client: TestClient, films: IndexedFilms) -> None:
    film = films.said("one", "two")
    films.run(film, [segment("ONE")], origin=Origin.HUMAN)
    films.run(film, [], stage="ocr", status="failed")
    body = client.get(f"/v1/videos/{film}/stages").json()
    assert body["origins"] == ["analysed", "human"]
    transcript = body["stages"]["transcript"]
    assert (transcript["state"], transcript["spans"]) == ("human", 2)
    assert transcript["origins"] == ["analysed", "human"]
    assert body["stages"]["ocr"]["failure"]["code"] == "stage_error"
    assert body["stages"]["objects"]["state"] == "none"
    answer = client.get("/v1/videos/nothing/stages")
    assert (answer.status_code, answer.json()["code"]) == (404, "video_not_found")
