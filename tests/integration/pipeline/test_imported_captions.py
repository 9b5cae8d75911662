"""Captions as transcripts: marked as imported, found by search, and no model asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from rushes.artifacts.coverage import coverage
from rushes.artifacts.runs import mark_reported
from rushes.artifacts.selection import selected_run_ids
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile
from rushes.db.tables import runs, transcript_fts
from rushes.library.records import Video
from rushes.library.repository import get_video
from rushes.pipeline.captions import import_captions, imported_transcripts, remove_captions
from rushes.pipeline.chunk import run_chunk
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.outcome import OutcomeStatus, StageOutcome
from rushes.pipeline.plan import plan_films
from rushes.pipeline.replay import replay
from rushes.search.request import SearchHit, SearchRequest
from rushes.search.service import SearchService
from tests.integration.indexed_films import IndexedFilms, segment
from tests.integration.pipeline.fake_stages import PROFILE, FakeAnalyser

STAGE = "transcript"
SRT = """1
00:00:01,000 --> 00:00:02,000
The gardens were splendid

2
05:00:00,000 --> 05:00:01,000
after the end
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "film.en.srt"
    path.write_text(SRT)
    return path


@pytest.fixture
def film(pipeline: PipelineContext, films: IndexedFilms) -> Video:
    return get_video(pipeline.engine, films.film())


def _stage(pipeline: PipelineContext, film: Video, *stages: str) -> list[StageOutcome]:
    return list(run_chunk(pipeline, [film.asset_id], stages or [STAGE], PROFILE))


def _pending(pipeline: PipelineContext, film: Video) -> bool:
    with pipeline.engine.connect() as connection:
        tasks = [pipeline.task(STAGE, PROFILE)]
        (plan,) = plan_films(connection, [film.asset_id], tasks)
    return STAGE in plan.pending


def _report(pipeline: PipelineContext, outcome: StageOutcome) -> None:
    with pipeline.engine.begin() as connection:
        mark_reported(connection, [str(outcome.run_id)])


def _said(pipeline: PipelineContext, film: Video) -> list[Any]:
    with pipeline.engine.connect() as connection:
        chosen = selected_run_ids(connection, film.asset_id, ArtifactType.TRANSCRIPT_SEGMENT)
        return pipeline.artifacts.by_asset(
            connection, film.asset_id, ArtifactType.TRANSCRIPT_SEGMENT, chosen
        )


def _hits(pipeline: PipelineContext, text: str) -> list[SearchHit]:
    return SearchService(pipeline.engine, None).search(SearchRequest(text, loosen=False)).hits


def test_what_is_imported_is_marked_as_imported_wherever_it_is_read(
    pipeline: PipelineContext, film: Video, file: Path
) -> None:
    outcome = import_captions(pipeline, film, file)
    assert outcome.status is OutcomeStatus.COMPLETED
    assert dict(outcome.counts) == {"transcript.segment": 1, "cues after_end": 1}
    (segment,) = _said(pipeline, film)
    assert (segment.producer, segment.model_profile) == ("srt", ModelProfile.NONE)
    assert (segment.span_start_ms, segment.span_end_ms) == (1000, 2000)
    assert segment.payload == {
        "text": "The gardens were splendid", "language": "en", "confidence": 1.0,
        "speaker": None, "words": [], "no_speech_probability": 0.0,
    }  # fmt: skip
    (hit,) = _hits(pipeline, "garden")
    (evidence,) = hit.evidence
    assert hit.asset_id == film.asset_id
    assert (evidence.origin, evidence.producer) == ("imported", "srt")
    with pipeline.engine.connect() as connection:
        (run,) = connection.execute(select(runs))
        assert imported_transcripts(connection, [film.asset_id]) == {film.asset_id: run}
    assert (run.origin, run.status, run.model_profile) == ("imported", "completed", "none")
    (document,) = pipeline.documents.walk(STAGE)
    assert (document.doc_id, document.origin) == (run.doc_id, "imported")
    assert b'[1000,2000,"The gardens were splendid"]' in pipeline.documents.read_raw(document)


def test_a_captioned_film_is_told_to_dagster_once_and_no_model_is_asked(
    pipeline: PipelineContext, film: Video, file: Path, fakes: dict[str, FakeAnalyser]
) -> None:
    imported = import_captions(pipeline, film, file)
    assert _pending(pipeline, film)
    (outcome,) = _stage(pipeline, film)
    assert (outcome.status, outcome.run_id) == (OutcomeStatus.UNCHANGED, imported.run_id)
    assert outcome.data_version == imported.data_version
    _report(pipeline, outcome)
    assert not _pending(pipeline, film)
    assert fakes[STAGE].asked == []


def test_captions_take_the_place_of_a_transcript_that_stands(
    pipeline: PipelineContext, film: Video, file: Path, fakes: dict[str, FakeAnalyser]
) -> None:
    (transcribed,) = _stage(pipeline, film)
    _report(pipeline, transcribed)
    imported = import_captions(pipeline, film, file)
    assert _pending(pipeline, film)
    (outcome,) = _stage(pipeline, film)
    assert outcome.run_id == imported.run_id
    assert [each.payload["text"] for each in _said(pipeline, film)] == ["The gardens were splendid"]
    remove_captions(pipeline, film)
    (outcome,) = _stage(pipeline, film)
    assert (outcome.run_id, _pending(pipeline, film)) == (transcribed.run_id, False)
    assert fakes[STAGE].asked == [film.asset_id]


def test_the_same_file_is_left_and_a_changed_one_is_taken(
    pipeline: PipelineContext, film: Video, file: Path
) -> None:
    first = import_captions(pipeline, film, file, "de")
    again = import_captions(pipeline, film, file)
    assert (again.status, again.run_id) == (OutcomeStatus.UNCHANGED, first.run_id)
    assert again.counts == first.counts
    french = import_captions(pipeline, film, file, "fr")
    assert french.status is OutcomeStatus.COMPLETED
    file.write_text(SRT.replace("splendid", "dull"))
    changed = import_captions(pipeline, film, file)
    file.write_text(SRT)
    back = import_captions(pipeline, film, file)
    assert [changed.status, back.status] == [OutcomeStatus.COMPLETED] * 2
    assert len({first.run_id, changed.run_id, back.run_id}) == 3
    # Of the file's own language the last; those in other languages stand beside it.
    said = {each.payload["language"]: each.run_id for each in _said(pipeline, film)}
    assert said == {"de": first.run_id, "fr": french.run_id, "en": back.run_id}


def test_removed_captions_leave_nothing_and_the_film_is_transcribed(
    pipeline: PipelineContext, film: Video, file: Path, fakes: dict[str, FakeAnalyser]
) -> None:
    import_captions(pipeline, film, file)
    file.write_text(SRT.replace("splendid", "dull"))
    import_captions(pipeline, film, file)
    assert remove_captions(pipeline, film) == 2
    assert _said(pipeline, film) == []
    assert list(pipeline.documents.walk(STAGE)) == []
    assert list(replay(pipeline)) == []
    with pipeline.engine.connect() as connection:
        assert connection.execute(select(transcript_fts)).all() == []
    assert remove_captions(pipeline, film) == 0
    (outcome,) = _stage(pipeline, film)
    assert outcome.status is OutcomeStatus.COMPLETED
    assert fakes[STAGE].asked == [film.asset_id]


def test_captions_of_the_content_before_do_not_stand_for_the_new_one(
    pipeline: PipelineContext, films: IndexedFilms, file: Path, fakes: dict[str, FakeAnalyser]
) -> None:
    film = get_video(pipeline.engine, films.film(content_version=2))
    import_captions(pipeline, film, file)
    with pipeline.engine.begin() as connection:
        connection.execute(runs.update().values(content_version=1))
        assert imported_transcripts(connection, [film.asset_id]) == {}
    assert _pending(pipeline, film)
    _stage(pipeline, film)
    assert fakes[STAGE].asked == [film.asset_id]


def test_a_replay_keeps_the_mark(pipeline: PipelineContext, film: Video, file: Path) -> None:
    import_captions(pipeline, film, file)
    with pipeline.engine.begin() as connection:
        connection.execute(runs.delete())
    assert [each.status for each in replay(pipeline)] == [OutcomeStatus.REUSED]
    with pipeline.engine.connect() as connection:
        (run,) = connection.execute(select(runs))
    assert (run.origin, run.producer, run.model_profile) == ("imported", "srt", "none")
    assert import_captions(pipeline, film, file).status is OutcomeStatus.UNCHANGED


def test_a_bad_file_leaves_no_run_behind(
    pipeline: PipelineContext, film: Video, file: Path
) -> None:
    file.write_text(SRT.replace("-->", "->").replace("00:", "0O:"))
    outcome = import_captions(pipeline, film, file)
    assert outcome.error is not None
    assert (outcome.status, outcome.error.code) == (OutcomeStatus.FAILED, "bad_captions")
    with pipeline.engine.connect() as connection:
        assert connection.execute(select(runs)).all() == []


def test_a_guessed_encoding_is_told(pipeline: PipelineContext, film: Video, file: Path) -> None:
    file.write_bytes(SRT.replace("splendid", "très belles").encode("cp1252"))
    told: list[str] = []
    import_captions(pipeline, film, file, tell=told.append)
    assert len(told) == 1
    assert "Windows-1252" in told[0]


def test_later_stages_read_what_was_imported_where_nothing_was_transcribed(
    pipeline: PipelineContext, film: Video, file: Path, fakes: dict[str, FakeAnalyser]
) -> None:
    fakes["text_embeddings"].reads = ArtifactType.TRANSCRIPT_SEGMENT
    import_captions(pipeline, film, file)
    outcomes = _stage(pipeline, film, "scenes", STAGE, "ocr", "text_embeddings")
    assert all(each.succeeded for each in outcomes)
    (read,) = fakes["text_embeddings"].read
    assert read.payload["text"] == "The gardens were splendid"


def test_a_film_that_is_transcribed_alike_is_not_touched(
    pipeline: PipelineContext, films: IndexedFilms, file: Path, fakes: dict[str, FakeAnalyser]
) -> None:
    one, twin = (get_video(pipeline.engine, films.film(content_hash="same")) for _ in range(2))
    import_captions(pipeline, one, file)
    (outcome,) = _stage(pipeline, twin)
    assert outcome.status is OutcomeStatus.COMPLETED
    assert fakes[STAGE].asked == [twin.asset_id]


def test_what_rests_on_the_transcript_is_made_anew_with_the_captions_and_again_without(
    pipeline: PipelineContext, film: Video, file: Path, fakes: dict[str, FakeAnalyser]
) -> None:
    embedder = fakes["text_embeddings"]
    embedder.reads = ArtifactType.TRANSCRIPT_SEGMENT
    stages = ("scenes", STAGE, "ocr", "text_embeddings")
    read = []
    for change in (lambda: None, lambda: import_captions(pipeline, film, file)):
        change()
        outcomes = {each.stage: each.status for each in _stage(pipeline, film, *stages)}
        assert outcomes["text_embeddings"] is OutcomeStatus.COMPLETED
        read.append([each.payload["text"] for each in embedder.read])
    assert read == [["the dogs walk", "away"], ["The gardens were splendid"]]
    remove_captions(pipeline, film)
    answered = {each.stage: each.status for each in _stage(pipeline, film, *stages)}
    assert answered["text_embeddings"] is OutcomeStatus.UNCHANGED


GERMAN = """1
00:00:01,000 --> 00:00:02,000
Die Gärten waren prächtig
"""


def _found(pipeline: PipelineContext, text: str) -> set[tuple[str, str]]:
    """(text, origin) of what shows why something is a hit."""
    return {(each.text, str(each.origin)) for hit in _hits(pipeline, text) for each in hit.evidence}


def test_captions_in_two_languages_answer_side_by_side(
    pipeline: PipelineContext, film: Video, file: Path
) -> None:
    english = import_captions(pipeline, film, file)
    german_file = file.with_name("film.de.srt")
    german_file.write_text(GERMAN)
    german = import_captions(pipeline, film, german_file)
    assert _found(pipeline, "gardens") == {("The gardens were splendid", "imported")}
    assert _found(pipeline, "garten") == {("Die Gärten waren prächtig", "imported")}
    with pipeline.engine.connect() as connection:
        transcript = coverage(connection, [film.asset_id])[film.asset_id][STAGE]
    assert (transcript.state, transcript.spans) == ("imported", 2)
    assert set(transcript.run_ids) == {english.run_id, german.run_id}


def test_a_new_import_replaces_that_of_its_language_only(
    pipeline: PipelineContext, film: Video, file: Path
) -> None:
    import_captions(pipeline, film, file)
    german_file = file.with_name("film.de.srt")
    german_file.write_text(GERMAN)
    import_captions(pipeline, film, german_file)
    file.write_text(SRT.replace("splendid", "dull"))
    import_captions(pipeline, film, file)
    assert _found(pipeline, "splendid") == set()
    assert _found(pipeline, "dull") == {("The gardens were dull", "imported")}
    assert _found(pipeline, "garten") == {("Die Gärten waren prächtig", "imported")}


def test_a_later_analysis_in_all_languages_replaces_captions_in_each(
    pipeline: PipelineContext, film: Video, films: IndexedFilms, file: Path
) -> None:
    import_captions(pipeline, film, file)
    german_file = file.with_name("film.de.srt")
    german_file.write_text(GERMAN)
    import_captions(pipeline, film, german_file)
    films.run(film.asset_id, [segment("the gardens were analysed", 1000, 2000)])
    assert _found(pipeline, "gardens") == {("the gardens were analysed", "analysed")}
    assert _found(pipeline, "garten") == set()
