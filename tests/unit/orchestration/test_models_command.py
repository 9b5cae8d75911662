"""The command `rushes models`, in this process and without network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from orchestration.cli.models import app
from orchestration.cli.output import EXIT_USAGE
from rushes.settings import get_settings


@pytest.fixture(autouse=True)
def _settings_of_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RUSHES_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RUSHES_OFFLINE", "1")
    monkeypatch.delenv("RUSHES_PROFILES_FILE", raising=False)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def rushes_models(*arguments: str) -> Result:
    """`rushes models ARGUMENTS`."""
    return CliRunner().invoke(app, list(arguments))


def answer(result: Result) -> Any:
    """The one JSON document on stdout."""
    return json.loads(result.stdout)


def test_the_list_tells_licence_size_and_whether_a_model_is_here() -> None:
    result = rushes_models("list", "--json")
    models = {each["name"]: each for each in answer(result)["models"]}
    assert result.exit_code == 0
    assert models["yolo11n"]["licence"] == "AGPL-3.0"
    assert models["yolo11n"]["path"] is None
    assert models["rapidocr-ppocrv6"]["path"] is not None
    assert all(each["size_bytes"] and each["origin"] for each in models.values())


def test_a_fetch_of_nothing_says_what_can_be_named() -> None:
    result = rushes_models("fetch", "--json")
    assert result.exit_code == EXIT_USAGE
    assert answer(result)["error"]["code"] == "invalid_request"


def test_an_unknown_profile_is_refused() -> None:
    result = rushes_models("fetch", "--profile", "splendid", "--json")
    assert answer(result)["error"]["code"] == "unknown_profile"


def test_the_models_of_a_profile_are_asked_for() -> None:
    result = rushes_models("fetch", "--profile", "balanced", "--json")
    error = answer(result)["error"]
    assert error["code"] == "offline"
    assert "whisper-small" in error["message"]


def test_an_unknown_model_is_refused_with_the_names_there_are() -> None:
    result = rushes_models("fetch", "whisper-enormous", "--json")
    assert answer(result)["error"]["code"] == "unknown_model"


def test_what_is_here_is_verified() -> None:
    result = rushes_models("verify", "rapidocr-ppocrv6", "--json")
    assert (result.exit_code, answer(result)["models"]) == (0, {"rapidocr-ppocrv6": []})


def test_a_model_that_is_not_here_does_not_verify() -> None:
    result = rushes_models("verify", "yolo11n", "--json")
    assert result.exit_code == 1
    assert answer(result)["models"]["yolo11n"][0]["what"] == "missing"
