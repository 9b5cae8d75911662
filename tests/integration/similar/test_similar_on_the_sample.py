"""The sample film, analysed by the models that packages ship, asked over HTTP and by command."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, make_url, text
from typer.testing import CliRunner, Result

from orchestration.cli.app import app
from orchestration.cli.output import EXIT_USAGE
from rushes.api.answers.similar import SimilarAnswerModel
from rushes.api.app import make_app
from rushes.artifacts.vocabulary import ModelProfile
from rushes.db.engine import make_engine
from rushes.library.repository import get_video
from rushes.library.service import LibraryService
from rushes.pipeline.captions import import_captions
from rushes.pipeline.chunk import run_chunk
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.startup import close_context
from rushes.settings import PROJECT_ROOT, Settings, get_settings
from tests.integration.indexed_films import IndexedFilms

SAMPLES = PROJECT_ROOT / "samples"
MODELS = ("wordllama-256", "efficientnet-lite0", "yunet", "sface")
SEEN = ("source_video", "media_pass", "scenes", "faces", "frame_embeddings")
KEY = "a key of the tests"
FEWER_LOOKS = "[media_pass]\nsample_fps = 0.5\n[fast.faces]\nsides = [320, 640]\n"
"""Enough for what is tested here, in half the time."""
JPEG = {"Content-Type": "image/jpeg"}
Command = Callable[..., Result]


@pytest.fixture(scope="module")
def sample(
    administration: Engine,
    server_url: str,
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[PipelineContext]:
    """A library of the sample film and its captions, and what the small models make of it."""
    name = f"sample_{secrets.token_hex(6)}"
    with administration.connect() as connection:
        connection.execute(text(f'create database "{name}" template "{template_database}"'))
    engine = make_engine(make_url(server_url).set(database=name).render_as_string(False))
    folder = tmp_path_factory.mktemp("sample")
    (folder / "profiles.toml").write_text(FEWER_LOOKS)
    chosen = {"cpu_threads": 1, "api_key": KEY, "min_free_bytes": 0}
    profiles = folder / "profiles.toml"
    settings = Settings(data_dir=folder / "data", profiles_file=profiles, **chosen)
    context = PipelineContext(settings, engine)
    missing = [each for each in MODELS if context.catalogue.locate(each) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} are not installed")
    _analyse(context, folder)
    yield context
    context.close()
    with administration.connect() as connection:
        connection.execute(text(f'drop database "{name}" with (force)'))


def _analyse(context: PipelineContext, folder: Path) -> None:
    films = folder / "films"
    films.mkdir()
    shutil.copy(SAMPLES / "first-rushes.mp4", films)
    library = LibraryService(context.engine, context.settings)
    library.add(films, "samples")
    library.scan("samples", stability_seconds=0)
    with context.engine.connect() as connection:
        film = str(connection.execute(text("select asset_id from asset")).scalar_one())
    truth = json.loads((SAMPLES / "truth.json").read_text())
    lines = [
        f"{number}\n{_clock(each['start_ms'])} --> {_clock(each['end_ms'])}\n{each['text']}\n"
        for number, each in enumerate(truth["utterances"], 1)
    ]
    captions = folder / "said.srt"
    captions.write_text("\n".join(lines))
    outcomes = list(run_chunk(context, [film], SEEN, ModelProfile.FAST))
    outcomes.append(import_captions(context, get_video(context.engine, film), captions, "en"))
    read = context.task("ocr", ModelProfile.FAST).config_hash
    nothing_written = IndexedFilms(context.engine, context.worker)
    nothing_written.run(film, [], stage="ocr", config_hash=read, profile=ModelProfile.FAST)
    outcomes += run_chunk(context, [film], ("text_embeddings",), ModelProfile.FAST)
    assert [each.error for each in outcomes] == [None] * len(outcomes)


def _clock(ms: int) -> str:
    return f"00:00:{ms // 1000:02},{ms % 1000:03}"


@pytest.fixture(scope="module")
def client(sample: PipelineContext) -> TestClient:
    return TestClient(make_app(sample), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def frame() -> dict[int, bytes]:
    """Frames of the film by number, as PNG."""
    with av.open(str(SAMPLES / "first-rushes.mp4")) as film:
        return {
            number: cv2.imencode(".png", each.to_ndarray(format="bgr24"))[1].tobytes()
            for number, each in enumerate(film.decode(video=0))
            if number in (120, 373, 660)
        }


def asked(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    SimilarAnswerModel.model_validate(body, extra="forbid")
    return body


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_text_finds_what_was_said_by_what_it_means(client: TestClient) -> None:
    body = asked(client.get("/v1/similar", params={"text": "a wife who is kinder"}))
    assert body["missing"] == []
    assert [each["model"] for each in body["spaces"]] == ["wordllama-256"]
    best = body["hits"][0]
    assert "more amiable woman" in best["text"]
    assert (best["kind"], best["source"], best["scene_index"]) == ("text", "transcript", 4)
    assert best["score"] >= body["spaces"][0]["cut_off"] == 0.28


def test_a_picture_finds_its_scene_first(client: TestClient, frame: dict[int, bytes]) -> None:
    for number, scene in ((120, 1), (373, 4), (660, 7)):
        body = asked(client.post("/v1/similar", content=frame[number], headers=JPEG))
        best = body["hits"][0]
        assert (best["scene_index"], best["kind"]) == (scene, "image")
        assert best["score"] > 0.9


def test_a_form_may_send_the_picture(client: TestClient, frame: dict[int, bytes]) -> None:
    file = {"image": ("frame.jpg", frame[373], "image/jpeg")}
    by_form = asked(client.post("/v1/similar", params={"limit": 2}, files=file))
    plain = client.post("/v1/similar", params={"limit": 2}, content=frame[373], headers=JPEG)
    assert by_form["hits"] == asked(plain)["hits"] != []
    assert code(client.post("/v1/similar", files={"image": (None, "no file")})) == (
        *(422, "invalid_request"),
    )


def test_the_picture_of_a_moment_of_a_film_is_found_as_it_is(client: TestClient) -> None:
    first = client.get("/v1/similar", params={"text": "amiable"}).json()["hits"][0]
    place = {"video_id": first["asset_id"], "at_ms": 5200, "collapse": "none"}
    body = asked(client.get("/v1/similar", params=place))
    best = body["hits"][0]
    assert best["score"] > 0.99
    assert best["start_ms"] <= 5200 < best["end_ms"]
    assert code(client.get("/v1/similar", params={**place, "at_ms": 10**9})) == (
        *(404, "no_thumbnail"),
    )
    assert code(client.get("/v1/similar", params={"at_ms": 5})) == (422, "one_question")
    assert code(client.get("/v1/similar", params={**place, "text": "a"})) == (422, "one_question")


def test_a_face_is_found_and_named_from_the_hit(
    client: TestClient, frame: dict[int, bytes]
) -> None:
    where = {"kind": "face", "collapse": "none"}
    body = asked(client.post("/v1/similar", params=where, content=frame[373], headers=JPEG))
    assert [each["is_asked"] for each in body["faces"]] == [True]
    assert {each["scene_index"] for each in body["hits"]} == {4}
    (cluster,) = {each["person"]["cluster_id"] for each in body["hits"]}
    assert {each["person"]["name"] for each in body["hits"]} == {None}
    address, named = f"/v1/people/{cluster}/name", {"name": "Eileen Collins"}
    assert code(client.post(address, json=named)) == (401, "unauthorised")
    change = client.post(address, json=named, headers={"X-API-Key": KEY})
    assert change.status_code == 200, change.text
    assert change.json()["person"] == {
        "cluster_id": cluster, "library": "samples", "name": "Eileen Collins", "hidden": False,
    }  # fmt: skip
    (listed,) = client.get("/v1/people").json()["people"]
    assert (listed["name"], listed["films"]) == ("Eileen Collins", 1)
    again = asked(client.post("/v1/similar", params=where, content=frame[373], headers=JPEG))
    assert {each["person"]["name"] for each in again["hits"]} == {"Eileen Collins"}
    by_name = asked(client.get("/v1/similar", params={"face": "eileen collins", **where}))
    assert {each["artifact_id"] for each in by_name["hits"]} == {
        each["artifact_id"] for each in again["hits"]
    }
    unnamed = {**where, "people": "unnamed"}
    nobody = client.post("/v1/similar", params=unnamed, content=frame[373], headers=JPEG)
    assert asked(nobody)["hits"] == []
    more = {"artifact_id": again["hits"][0]["artifact_id"], "collapse": "none"}
    others = asked(client.get("/v1/similar", params=more))["hits"]
    assert len(others) == len(again["hits"]) - 1


def test_the_other_faces_of_a_picture_may_be_asked_too(
    client: TestClient, frame: dict[int, bytes]
) -> None:
    one = cv2.imdecode(np.frombuffer(frame[373], np.uint8), cv2.IMREAD_COLOR)
    small = cv2.resize(one, None, fx=0.6, fy=0.6)
    both = np.zeros((one.shape[0], one.shape[1] + small.shape[1], 3), np.uint8)
    both[:, : one.shape[1]] = one
    both[: small.shape[0], one.shape[1] :] = small
    data = cv2.imencode(".jpg", both)[1].tobytes()
    for index in (0, 1):
        where = {"kind": "face", "face_index": index}
        body = asked(client.post("/v1/similar", params=where, content=data, headers=JPEG))
        assert [each["is_asked"] for each in body["faces"]] == [index == 0, index == 1]
        assert body["hits"][0]["scene_index"] == 4
    beyond = {"kind": "face", "face_index": 2}
    refused = client.post("/v1/similar", params=beyond, content=data, headers=JPEG)
    assert code(refused) == (422, "no_face")
    nobody = client.post("/v1/similar", params={"kind": "face"}, content=frame[660], headers=JPEG)
    assert code(nobody) == (422, "no_face")


def test_the_same_question_may_come_as_a_body(client: TestClient) -> None:
    question = {"text": "a kinder woman", "library": ["samples"], "min_score": 0.1}
    by_url = asked(client.get("/v1/similar", params=question))
    by_body = asked(client.post("/v1/similar", json=question))
    assert by_body["hits"] == by_url["hits"] != []


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ({}, (422, "one_question")),
        ({"text": "a", "face": "b"}, (422, "one_question")),
        ({"text": "\0"}, (422, "empty_query")),
        ({"text": "a" * 2001}, (422, "query_too_long")),
        ({"text": "a", "kind": "image"}, (422, "no_text_tower")),
        ({"text": "a", "kind": "face"}, (422, "bad_kind")),
        ({"text": "a", "min_score": "nan"}, (422, "invalid_request")),
        ({"text": "a", "min_score": "2"}, (422, "invalid_request")),
        ({"text": "a", "limit": "0"}, (422, "invalid_request")),
        ({"text": "a", "offset": str(2**63)}, (422, "page_out_of_bounds")),
        ({"text": "a", "unknown": "1"}, (422, "invalid_request")),
        ({"text": "a", "library": "nowhere\0"}, (404, "library_not_found")),
        ({"text": "a", "selection": "pinned"}, (422, "bad_selection")),
        ({"text": "a", "captured_from": "2024-01-01T00:00:00"}, (422, "bad_filter")),
        ({"artifact_id": "nothing"}, (404, "artifact_not_found")),
        ({"face": "nobody"}, (404, "person_not_found")),
        ({"video_id": "\0", "at_ms": "1"}, (404, "video_not_found")),
    ],
)
def test_what_is_wrong_is_told_by_a_code(
    client: TestClient, params: dict[str, str], wanted: tuple[int, str]
) -> None:
    assert code(client.get("/v1/similar", params=params)) == wanted


@pytest.mark.parametrize(
    ("body", "kind", "wanted"),
    [
        (b"", "image/png", "not_a_picture"),
        (b"GIF89a", "image/gif", "not_a_picture"),
        (b'{"text": "a"}', "text/plain", "not_a_picture"),
        (b"{bad", "application/json", "invalid_request"),
        (b"[1]", "application/json", "invalid_request"),
        (b'{"text": 5}', "application/json", "invalid_request"),
        (b'{"text": "\\ud800"}', "application/json", "invalid_request"),
        (b'{"min_score": NaN, "text": "a"}', "application/json", "invalid_request"),
        (b"\xff\xfe", "application/json", "invalid_request"),
    ],
)
def test_a_body_that_asks_nothing_is_refused(
    client: TestClient, body: bytes, kind: str, wanted: str
) -> None:
    answer = client.post("/v1/similar", content=body, headers={"Content-Type": kind})
    assert code(answer) == (422, wanted)


@pytest.fixture
def command(sample: PipelineContext, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """`rushes similar ARGUMENTS` on the sample."""
    address = sample.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", address)
    monkeypatch.setenv("RUSHES_DATA_DIR", str(sample.settings.data_dir))
    monkeypatch.setenv("RUSHES_PROFILES_FILE", str(sample.settings.profiles_file))
    get_settings.cache_clear()
    yield lambda *arguments: CliRunner().invoke(app, ["similar", *arguments])
    close_context(get_settings())
    get_settings.cache_clear()


def test_the_command_shows_what_the_api_answers(
    command: Command, client: TestClient, frame: dict[int, bytes], tmp_path: Path
) -> None:
    shown = command("a wife who is kinder")
    assert shown.exit_code == 0, shown.output
    assert "more amiable woman" in shown.stdout
    by_url = client.get("/v1/similar", params={"text": "a wife who is kinder"}).json()
    printed = json.loads(command("a wife who is kinder", "--json").stdout)
    for each in (*printed["hits"], *by_url["hits"]):
        each["capture_time"] = datetime.fromisoformat(each["capture_time"])
    assert printed["hits"] == by_url["hits"]
    picture = tmp_path / "who.png"
    picture.write_bytes(frame[373])
    faces = command("--image", str(picture), "--kind", "face")
    assert faces.exit_code == 0, faces.output
    cluster = client.get("/v1/people").json()["people"][0]
    assert (cluster["name"] or cluster["cluster_id"]) in faces.stdout
    place = json.loads(command("--film", "first-rushes.mp4", "--at", "0:05", "--json").stdout)
    assert place["hits"][0]["scene_index"] == 1


def test_the_command_says_what_is_wrong(command: Command, tmp_path: Path) -> None:
    for arguments, wanted in (
        ([], "one_question"),
        (["a", "--face", "b"], "one_question"),
        (["--film", "first-rushes.mp4"], "one_question"),
        (["--film", "first-rushes.mp4", "--at", "soon"], "invalid_time"),
        (["--image", str(tmp_path / "none.png")], "not_found"),
        (["--image", str(tmp_path)], "not_found"),
        (["--face", "nobody"], "person_not_found"),
    ):
        refused = command(*arguments, "--json")
        assert refused.exit_code == EXIT_USAGE, refused.output
        assert json.loads(refused.stdout)["error"]["code"] == wanted
    nothing = command("a wife who is kinder", "--min-score", "0.99")
    assert (nothing.exit_code, nothing.stdout) == (0, "")


def test_names_that_are_none_are_refused(client: TestClient) -> None:
    key = {"X-API-Key": KEY}
    nobody = client.post("/v1/people/nobody%00/name", json={"name": "Ada"}, headers=key)
    assert code(nobody) == (404, "person_not_found")
    cluster = client.get("/v1/people").json()["people"][0]["cluster_id"]
    for name in ("a\0b", "x" * 201, "tab\u0007"):
        answer = client.post(f"/v1/people/{cluster}/name", json={"name": name}, headers=key)
        assert code(answer) == (422, "invalid_request"), name
    unknown = client.get("/v1/people", params={"library": "nowhere"})
    assert code(unknown) == (404, "library_not_found")
