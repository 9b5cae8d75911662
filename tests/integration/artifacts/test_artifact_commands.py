"""`rushes correct`, `corrections`, `artifacts`, `provenance`, `profiles`, `projections`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from artifact_making import FILM, add_run, envelope, segment_payload
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from orchestration.cli.app import app
from orchestration.cli.output import EXIT_INTERNAL, EXIT_USAGE
from rushes.artifacts.derived import DERIVED
from rushes.artifacts.repository import ArtifactRepository
from rushes.pipeline.startup import close_context
from rushes.settings import get_settings


@pytest.fixture(autouse=True)
def film(
    film_engine: Engine,
    repository: ArtifactRepository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Engine]:
    """A film with three segments of a second each."""
    monkeypatch.setenv("RUSHES_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", film_engine.url.render_as_string(hide_password=False))
    with film_engine.begin() as connection:
        run_id = add_run(connection)
        texts = [segment_payload(each) for each in ("one", "two", "three")]
        repository.batch_create(
            connection,
            [envelope(run_id, place, payload=each) for place, each in enumerate(texts)],
        )
    get_settings.cache_clear()
    yield film_engine
    close_context(get_settings())
    get_settings.cache_clear()


def rushes(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def said(*arguments: str) -> Any:
    """The one JSON document that it prints."""
    result = rushes(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def texts(*arguments: str) -> list[str]:
    return [each["payload"]["text"] for each in said("artifacts", FILM, *arguments)["artifacts"]]


def test_a_correction_is_written_listed_and_withdrawn() -> None:
    run_id = said("correct", f"{FILM}@0-1", "--text", "first", "--language", "de")["run_id"]
    assert texts() == ["first", "two", "three"]
    assert said("artifacts", FILM)["origins"][run_id] == "human"
    (listed,) = said("corrections", FILM)["corrections"]
    assert (listed["run_id"], listed["actor"]) == (run_id, "cli")
    assert listed["items"][0]["payload"]["language"] == "de"
    shown = rushes("corrections", FILM)
    assert run_id in shown.stdout
    assert "first" in shown.stdout
    assert said("corrections", "--withdraw", run_id) == {"withdrawn": run_id}
    assert texts() == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["correct", f"{FILM}@0", "--text", "a"], "invalid_time"),
        (["correct", f"{FILM}@0-1", "--payload", "[]"], "bad_payload"),
        (["correct", f"{FILM}@0-1", "--type", "face.detection"], "bad_correction"),
        (["correct", "nobody.mp4@0-1", "--text", "a"], "video_not_found"),
        (["corrections", "--withdraw", "r1"], "correction_not_found"),
        (["corrections"], "invalid_request"),
        (["artifacts", FILM, "--from", "5", "--to", "5"], "bad_range"),
        (["artifacts", FILM, "--cursor", "x"], "bad_cursor"),
        (["provenance", "nothing"], "artifact_not_found"),
        (["projections", "verify", "faces"], "unknown_projection"),
        (["projections", "rebuild", "--library", "nowhere"], "library_not_found"),
    ],
)
def test_what_cannot_be_done_is_an_error_of_the_input(arguments: list[str], code: str) -> None:
    result = rushes(*arguments, "--json")
    assert result.exit_code == EXIT_USAGE, result.output
    assert json.loads(result.stdout)["error"]["code"] == code


def test_artifacts_come_of_a_range_and_in_pages() -> None:
    assert texts("--from", "1", "--to", "2") == ["two"]
    first = said("artifacts", FILM, "--limit", "2")
    assert len(first["artifacts"]) == 2
    assert texts("--limit", "2", "--cursor", first["cursor"]) == ["three"]
    assert "--cursor" in rushes("artifacts", FILM, "--limit", "2").stderr


def test_provenance_and_profiles_tell_what_an_answer_rests_on() -> None:
    (first, *_) = said("artifacts", FILM)["artifacts"]
    told = said("provenance", first["artifact_id"])
    assert told["artifact"] == first
    assert told["run"]["origin"] == "analysed"
    assert "analysed" in rushes("provenance", first["artifact_id"]).stdout
    (profile,) = said("profiles", FILM, "--type", "transcript.segment")["profiles"]
    assert (profile["model_profile"], profile["answers"]) == ("balanced", True)
    assert "balanced" in rushes("profiles", FILM).stdout


def test_drift_is_named_with_an_exit_code_and_mended(film: Engine) -> None:
    assert [each["name"] for each in said("projections", "list")["projections"]] == list(DERIVED)
    assert said("projections", "verify")["differing_rows"] == dict.fromkeys(DERIVED, 0)
    with film.begin() as connection:
        connection.execute(text("delete from film_texts"))
        connection.execute(text("update transcript_fts set start_ms = 7"))
    result = rushes("projections", "verify", "--film", FILM)
    assert result.exit_code == EXIT_INTERNAL
    assert "film_texts" in result.stdout
    assert "transcript_fts" in result.stdout
    assert rushes("projections", "verify", "scene_ranges", "--library", "films").exit_code == 0
    assert said("projections", "rebuild")["films"] == 1
    assert rushes("projections", "verify").exit_code == 0


def test_dagsters_asset_derives_anew_and_its_check_passes(film: Engine) -> None:
    import dagster as dg

    from assets.projections import film_answers, film_answers_check
    from orchestration.partitions import VIDEOS
    from resources.postgres import PostgresResource

    with film.begin() as connection:
        connection.execute(text("delete from film_texts"))
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(str(VIDEOS.name), [FILM])
        result = dg.materialize(
            [film_answers, film_answers_check],
            instance=instance,
            partition_key=FILM,
            resources={"postgres": PostgresResource()},
        )
    assert [each.passed for each in result.get_asset_check_evaluations()] == [True]
    assert rushes("projections", "verify").exit_code == 0
