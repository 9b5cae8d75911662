"""`rushes moments`, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from moment_making import Film
from typer.testing import CliRunner, Result

from orchestration.cli.app import app
from orchestration.cli.output import EXIT_USAGE
from rushes.pipeline.startup import close_context
from rushes.settings import get_settings

ANN_AT_EXIT = 'person:Ann AND written:"exit" WITHIN 5s'
AS_JSON = {"all": [{"person": "Ann"}, {"written": "exit"}], "within_ms": 5000}


@pytest.fixture(autouse=True)
def index(
    films: list[Film], database_url: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Commands see the database of `films`."""
    monkeypatch.setenv("RUSHES_DATABASE_URL", database_url)
    monkeypatch.setenv("RUSHES_DATA_DIR", str(data_dir))
    get_settings.cache_clear()
    yield
    close_context(get_settings())
    get_settings.cache_clear()


def _moments(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["moments", *arguments], input=stdin)


def test_a_line_and_a_file_and_a_pipe_ask_the_same(tmp_path: Path) -> None:
    file = tmp_path / "question.json"
    file.write_text(json.dumps(AS_JSON))
    said = json.loads(_moments(ANN_AT_EXIT, "--json").stdout)
    assert [each["video_id"] for each in said["moments"]] == ["sooner", "later", "strange"]
    assert said["moments"][1]["evidence"][1]["artifacts"][0]["value"] == "the exit"
    assert json.loads(_moments("--expression", str(file), "--json").stdout) == said
    piped = _moments("--expression", "-", "--json", stdin=json.dumps(AS_JSON))
    assert json.loads(piped.stdout) == said


def test_a_table_shows_moments_and_what_they_rest_on() -> None:
    shown = _moments(ANN_AT_EXIT, "--video", "later.mp4").stdout
    assert "later.mp4" in shown
    assert "person:Ann (1), written:exit (1)" in shown
    assert "sooner.mp4" not in shown


def test_what_is_wrong_is_one_line() -> None:
    for arguments in ((), ("a", "--expression", "b"), ("--expression", "nowhere.json")):
        told = _moments(*arguments, "--json")
        assert told.exit_code == EXIT_USAGE
        assert json.loads(told.stdout)["error"]["code"] == "bad_expression"
    alone = _moments("NOT object:dog", "--json")
    assert json.loads(alone.stdout)["error"]["code"] == "nothing_positive"
