"""Hybrid search over HTTP and on the command line, with a model that comes with the packages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from orchestration.cli.app import app
from rushes.api.app import make_app
from rushes.artifacts.vocabulary import ModelProfile
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.startup import close_context
from rushes.settings import Settings, get_settings
from tests.integration.indexed_films import IndexedFilms, indexed_films, scene, segment
from tests.integration.search.answers.meaning_making import Window, embed_texts, error_records

AWAY = "http://127.0.0.1:9"
_SAID = ("the puppy ran over the meadow", "interest rates rose again", "a dog barked")


@dataclass(frozen=True)
class Archive:
    """Films, the API over them, and the context of both."""

    films: IndexedFilms
    context: PipelineContext
    api: TestClient

    def embed(self, asset_id: str) -> None:
        """As the stage does, with the packaged model."""
        analyser = self.context.task("text_embeddings", ModelProfile.FAST).analyser
        assert analyser is not None
        windows = [
            Window(text, 2000 * at, 2000 * at + 2000, scene_index=at)
            for at, text in enumerate(_SAID)
        ]
        model = analyser.embed_texts  # type: ignore[attr-defined]
        embed_texts(
            self.films, asset_id, windows, space=analyser.space, embed=lambda text: model([text])[0]
        )


@pytest.fixture
def archive(engine: Engine, data_dir: Path) -> Iterator[Archive]:
    settings = Settings(data_dir=data_dir, QUICKWIT_URL=AWAY)
    context = PipelineContext(settings, engine)
    if context.catalogue.locate("wordllama-256") is None:
        pytest.skip("the package wordllama is not installed")
    with indexed_films(engine) as films, TestClient(make_app(context)) as api:
        film = films.film("zoo.mp4")
        films.run(film, [scene(2000 * at, 2000 * at + 2000, at) for at in range(3)])
        spans = [(2000 * at, 2000 * at + 2000) for at in range(3)]
        films.run(film, [segment(text, *span) for text, span in zip(_SAID, spans, strict=True)])
        yield Archive(films, context, api)
        context.vector_indexes.close()
        context.quickwit.close()


@pytest.fixture
def rushes(archive: Archive, data_dir: Path, monkeypatch: pytest.MonkeyPatch):
    address = archive.films.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("RUSHES_DATABASE_URL", address)
    monkeypatch.setenv("RUSHES_DATA_DIR", str(data_dir))
    monkeypatch.setenv("RUSHES_QUICKWIT_URL", AWAY)

    def run(*arguments: str) -> Result:
        get_settings.cache_clear()
        try:
            return CliRunner().invoke(app, ["search", "--mode", "hybrid", *arguments])
        finally:
            close_context(get_settings())

    yield run
    get_settings.cache_clear()


def test_the_same_is_asked_over_http_and_typed(archive: Archive, rushes) -> None:
    archive.embed("v0000")
    asked = {"q": "dog", "mode": "hybrid"}
    sent = archive.api.get("/v1/search", params=asked).json()
    assert (sent["mode"], sent["missing"], sent["search_source"]) == ("hybrid", [], "postgres")
    assert [hit["scene_index"] for hit in sent["hits"]] == [2, 0]
    assert [[each["by"] for each in hit["reasons"]] for hit in sent["hits"]] == [
        ["text", "meaning"],
        ["meaning"],
    ]
    assert sent["hits"][1]["snippet"] == _SAID[0]
    posted = archive.api.post("/v1/search", json=asked).json()
    typed = json.loads(rushes("dog", "--json").stdout)
    for answer in (posted, typed, sent):
        answer.pop("took_ms")
    assert posted == typed == sent
    told = rushes("dog")
    assert "found by" in told.stdout.replace("\n", " ")
    assert told.stderr.startswith("2 of 2 scenes, answered by Postgres")


def test_without_vectors_the_words_answer_and_that_is_loud(
    archive: Archive, rushes, caplog: pytest.LogCaptureFixture, data_dir: Path
) -> None:
    answer = archive.api.get("/v1/search", params={"q": "dog", "mode": "hybrid"}).json()
    assert [hit["scene_index"] for hit in answer["hits"]] == [2]
    assert (answer["mode"], answer["hits"][0]["reasons"]) == ("text", [])
    assert answer["missing"][0]["what"] == "vectors"
    (record,) = error_records(caplog)
    assert record.exc_info
    counted = 'rushes_search_meaning_failures_total{code="vectors_unavailable"} 1.0'
    assert counted in archive.api.get("/metrics").text
    told = rushes("dog")
    assert "vectors could not be asked (vectors_unavailable" in told.stderr
    assert "Traceback" in (data_dir / "logs" / "errors.log").read_text()


def test_no_text_is_too_odd(archive: Archive) -> None:
    archive.embed("v0000")
    for odd in ("\0", "\ud800", "''", "-", "OR", "(" * 50, "é" * 2001, "x" * 1999, "dog -" * 90):
        body = json.dumps({"q": odd, "mode": "hybrid"}).encode()
        assert archive.api.post("/v1/search", content=body).status_code in (200, 422), odd
    asked = archive.api.get("/v1/search", params={"q": "dog", "mode": "fuzzy"})
    assert asked.status_code == 422
