"""What every stage may rest on: vectors, earlier stages, a library's own settings, measures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update

from rushes.analysis.protocol import Embedding, Finding
from rushes.artifacts.hashing import config_hash
from rushes.artifacts.vocabulary import ArtifactType, EmbeddingKind, ModelProfile
from rushes.db.analysis_tables import embeddings
from rushes.db.tables import artifacts, libraries, runs
from rushes.errors import AnalysisError, ConfigurationError, MediaError
from rushes.library.repository import get_video
from rushes.pipeline import media
from rushes.pipeline.ahead import DecodeAhead
from rushes.pipeline.chunk import run_chunk
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.library_profiles import clear_overrides, library_overrides, set_overrides
from rushes.pipeline.outcome import OutcomeStatus, StageOutcome
from rushes.pipeline.replay import replay
from rushes.pipeline.workload import Workload
from tests.integration.indexed_films import IndexedFilms
from tests.integration.pipeline.fake_stages import PROFILE, FakeAnalyser

ALL = ("scenes", "transcript", "ocr", "frame_embeddings", "text_embeddings")


def _run(pipeline: PipelineContext, *asset_ids: str, stages: tuple[str, ...]) -> list[StageOutcome]:
    return list(run_chunk(pipeline, asset_ids, stages, PROFILE))


def _rows(films: IndexedFilms, query: Any) -> list[Any]:
    with films.engine.connect() as connection:
        return list(connection.execute(query).all())


def _frame(start_ms: int, number: int) -> Finding:
    vector = np.zeros(4, "<f4")
    vector[number] = 1.0
    return Finding(
        ArtifactType.FRAME_EMBEDDING,
        start_ms,
        start_ms + 100,
        {"frame_number": number, "model": "fake", "dimension": 4, "embedding_id": None},
        embedding=Embedding(EmbeddingKind.IMAGE, "fake", "1", vector.tobytes()),
    )


def test_each_vector_stands_beside_the_artifact_that_names_it(
    pipeline: PipelineContext, films: IndexedFilms, fakes: dict[str, FakeAnalyser]
) -> None:
    fakes["frame_embeddings"].found = [_frame(0, 1), _frame(100, 3)]
    film = films.film()
    (outcome,) = _run(pipeline, film, stages=("frame_embeddings",))
    named = select(
        artifacts.c.payload["embedding_id"].astext, artifacts.c.artifact_id, artifacts.c.payload
    ).order_by(artifacts.c.span_start_ms)
    stored = {row.embedding_id: row for row in _rows(films, select(embeddings))}
    for name, artifact_id, payload in _rows(films, named):
        row = stored.pop(name)
        assert (row.artifact_id, row.run_id, row.asset_id) == (artifact_id, outcome.run_id, film)
        vector = np.frombuffer(row.vector, "<f4")
        assert vector.argmax() == payload["frame_number"]
    assert not stored


def test_a_run_whose_vectors_are_refused_leaves_nothing(
    pipeline: PipelineContext, films: IndexedFilms, fakes: dict[str, FakeAnalyser]
) -> None:
    zero = Embedding(EmbeddingKind.IMAGE, "fake", "1", bytes(16))
    good = _frame(0, 1)
    fakes["frame_embeddings"].found = [
        Finding(good.artifact_type, 0, 100, good.payload, embedding=zero)
    ]
    (outcome,) = _run(pipeline, films.film(), stages=("frame_embeddings",))
    assert outcome.error is not None
    assert outcome.error.code == "bad_vector"
    assert not _rows(films, select(artifacts)) + _rows(films, select(embeddings))


def test_vectors_come_back_from_documents_without_a_model(
    pipeline: PipelineContext, films: IndexedFilms, fakes: dict[str, FakeAnalyser]
) -> None:
    fakes["frame_embeddings"].found = [_frame(0, 2)]
    film = films.film()
    _run(pipeline, film, stages=("frame_embeddings",))
    before = _rows(films, select(embeddings.c.vector, embeddings.c.start_ms))
    with films.engine.begin() as connection:
        connection.execute(runs.delete())
    assert [each.status for each in replay(pipeline)] == [OutcomeStatus.REUSED]
    assert _rows(films, select(embeddings.c.vector, embeddings.c.start_ms)) == before
    assert fakes["frame_embeddings"].asked == [film]


def test_a_stage_reads_what_the_stages_it_rests_on_found(
    pipeline: PipelineContext, films: IndexedFilms, fakes: dict[str, FakeAnalyser]
) -> None:
    fakes["text_embeddings"].reads = ArtifactType.TRANSCRIPT_SEGMENT
    outcomes = _run(pipeline, films.film(), stages=ALL)
    assert {each.status for each in outcomes} == {OutcomeStatus.COMPLETED}
    read = fakes["text_embeddings"].read
    assert [each.payload["text"] for each in read] == ["the dogs walk", "away"]


def test_a_stage_is_not_done_from_results_that_are_not_there(
    pipeline: PipelineContext, films: IndexedFilms, fakes: dict[str, FakeAnalyser]
) -> None:
    fakes["text_embeddings"].reads = ArtifactType.SCENE
    (outcome,) = _run(pipeline, films.film(), stages=("text_embeddings",))
    assert outcome.error is not None
    assert outcome.error.code == "earlier_stage_missing"
    assert "scenes" in str(outcome.error)


def test_asking_for_a_stage_asks_for_those_it_rests_on(
    pipeline: PipelineContext, fakes: dict[str, FakeAnalyser]
) -> None:
    work = Workload(pipeline, PROFILE, ["text_embeddings"])
    names = [task.stage.name for task in work.tasks()]
    rested_on = ["source_video", "media_pass", "scenes", "transcript", "ocr"]
    assert names == [*rested_on, "text_embeddings"]


def test_other_settings_of_a_stage_are_other_work_for_those_that_rest_on_it(
    pipeline: PipelineContext,
) -> None:
    profiles = pipeline.profiles
    other = profiles.with_library({"profiles": {"balanced": {"ocr": {"reading_side": 640}}}})
    tasks = {
        name: [pipeline._task(name, PROFILE, each).config_hash for each in (profiles, other)]
        for name in ("ocr", "text_embeddings", "scenes")
    }
    assert len(set(tasks["ocr"])) == len(set(tasks["text_embeddings"])) == 2
    assert len(set(tasks["scenes"])) == 1


def test_what_a_stage_counted_and_timed_stands_with_its_run(
    pipeline: PipelineContext, films: IndexedFilms, fakes: dict[str, FakeAnalyser]
) -> None:
    _run(pipeline, films.film(), stages=("scenes",))
    ((counts, timings),) = _rows(films, select(runs.c.counts, runs.c.timings))
    assert counts == {"frames": 2, "scene": 2}
    assert timings["inference"] <= timings["analyse"]


def test_a_stage_that_cannot_be_had_is_told_and_the_others_are_done(
    pipeline: PipelineContext, films: IndexedFilms, fakes: dict[str, FakeAnalyser]
) -> None:
    del pipeline._tasks["ocr", PROFILE, pipeline.profiles.digest]
    table = {"profiles": {"all": {"ocr": {"models": ["/nowhere/reader.onnx"]}}}}
    with films.engine.begin() as connection:
        film = films.film()
        connection.execute(update(libraries).values(settings=table))
    wanted = ("ocr", "places")
    outcomes = {each.stage: each for each in _run(pipeline, film, stages=wanted)}
    assert outcomes["ocr"].status is OutcomeStatus.UNAVAILABLE
    assert "/nowhere/reader.onnx" in str(outcomes["ocr"].error)
    assert not _rows(films, select(runs).where(runs.c.stage == "ocr"))
    assert not outcomes["ocr"].succeeded


def test_a_library_lays_its_own_over_the_profiles_and_takes_it_back(
    pipeline: PipelineContext, films: IndexedFilms, tmp_path: Path
) -> None:
    films.film()
    file = tmp_path / "own.toml"
    file.write_text('[balanced.scenes]\nmethod = "content"\n')
    usual = pipeline.task("scenes", PROFILE, "films").config_hash
    set_overrides(pipeline.engine, "films", file, pipeline.profiles)
    assert library_overrides(pipeline.engine, "films") == {
        "balanced": {"scenes": {"method": "content"}}
    }
    own = pipeline.task("scenes", PROFILE, "films")
    assert own.configuration["stage"]["method"] == "content"
    assert pipeline.task("scenes", PROFILE).config_hash == usual != own.config_hash
    assert pipeline.task("scenes", ModelProfile.FAST, "films").configuration["stage"]["method"] == (
        "adaptive"
    )
    clear_overrides(pipeline.engine, "films")
    assert pipeline.task("scenes", PROFILE, "films").config_hash == usual


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[balanced.scenes]\nmethode = 1\n", "balanced.scenes.methode"),
        ("[media_pass]\nsample_fps = 2.0\n", "media_pass"),
        ("[slow.scenes]\n", "slow"),
    ],
)
def test_settings_of_a_library_that_are_not_known_are_refused(
    pipeline: PipelineContext, films: IndexedFilms, tmp_path: Path, text: str, named: str
) -> None:
    films.film()
    file = tmp_path / "own.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=named):
        set_overrides(pipeline.engine, "films", file, pipeline.profiles)
    assert library_overrides(pipeline.engine, "films") == {}


def test_a_library_without_face_recognition_makes_no_vectors_of_faces(
    pipeline: PipelineContext, films: IndexedFilms
) -> None:
    films.film()
    with films.engine.begin() as connection:
        connection.execute(update(libraries).values(settings={"face_recognition": False}))
    for profile in (ModelProfile.FAST, ModelProfile.BALANCED):
        options = pipeline.library_profiles("films").stage(profile, "faces")
        assert options["recognise"] is False
        assert pipeline.profiles.stage(profile, "faces")["recognise"] is True


def test_damaged_pictures_are_let_go_only_where_they_can_be_made_anew(
    pipeline: PipelineContext,
    films: IndexedFilms,
    fakes: dict[str, FakeAnalyser],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forgotten: list[str] = []
    monkeypatch.setattr(pipeline.cache, "forget", forgotten.append)

    def damaged(asset_id: str) -> None:
        raise MediaError("the picture is damaged", code="damaged_picture")

    fakes["objects"].break_model = damaged
    away, here = films.film(content_hash="away"), films.film(content_hash="here")

    def source_path(film: Any) -> Path:
        if film.asset_id == away:
            raise MediaError("offline", code="source_offline")
        return Path("film.mp4")

    monkeypatch.setattr(media, "source_path", source_path)
    outcomes = _run(pipeline, away, here, stages=("objects",))
    assert [each.error.code for each in outcomes if each.error] == ["damaged_picture"] * 2
    assert forgotten == ["here"]


def test_a_stage_without_its_weights_says_which_command_brings_them(
    pipeline: PipelineContext,
) -> None:
    overridden = pipeline.profiles.with_library(
        {"profiles": {"balanced": {"places": {"models": ["places365-resnet18"]}}}}
    )
    with pytest.raises(AnalysisError, match="places365-resnet18") as caught:
        pipeline._task("places", PROFILE, overridden)
    assert caught.value.remedy == "rushes models fetch places365-resnet18"


def test_a_stage_that_only_one_library_can_have_is_done_there(
    pipeline: PipelineContext, films: IndexedFilms, tmp_path: Path
) -> None:
    plain, special = films.film(), films.film(library="special")
    with films.engine.begin() as connection:
        connection.execute(
            update(libraries)
            .where(libraries.c.slug == "films")
            .values(settings={"profiles": {"all": {"ocr": {"models": ["/nowhere/reader.onnx"]}}}})
        )
    work = Workload(pipeline, PROFILE, ["ocr"])
    plans = {plan.asset_id: plan.pending for plan in work.plan([plain, special])}
    assert "ocr" in plans[special]
    assert "ocr" not in plans[plain]
    assert "ocr" in [task.stage.name for task in work.available]
    assert "/nowhere/reader.onnx" in str(work.unavailable["ocr"])


def test_a_film_whose_media_stand_is_not_decoded_ahead(
    pipeline: PipelineContext, films: IndexedFilms, fakes: dict[str, FakeAnalyser]
) -> None:
    film = get_video(pipeline.engine, films.film())
    ahead = DecodeAhead(pipeline)
    try:
        assert ahead._is_wanted(film)
        films.run(
            film.asset_id, [], stage="media_pass", config_hash=config_hash(pipeline.media_pass)
        )
        assert not ahead._is_wanted(film)
    finally:
        ahead.close()
