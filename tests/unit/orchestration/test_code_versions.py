"""A stage's code version: Dagster shows what is out of date by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.stage_asset import _code_version
from rushes.settings import get_settings


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file of weights that the objects stage is told to use."""
    file = tmp_path / "own.onnx"
    profiles = tmp_path / "profiles.toml"
    profiles.write_text(f'[balanced.objects]\nmodels = ["{file}"]\n')
    monkeypatch.setenv("RUSHES_PROFILES_FILE", str(profiles))
    monkeypatch.setenv("RUSHES_DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    yield file
    get_settings.cache_clear()


def test_it_follows_the_weights_that_are_here_and_only_the_stage_that_uses_them(
    weights: Path,
) -> None:
    seen = [(_code_version("objects"), _code_version("scenes"))]
    for content in (b"first", b"another one"):
        weights.write_bytes(content)
        seen.append((_code_version("objects"), _code_version("scenes")))
    objects, scenes = zip(*seen, strict=True)
    assert len(set(objects)) == 3
    assert len(set(scenes)) == 1
