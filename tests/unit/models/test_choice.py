"""Which weights are used, and that a substitution is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rushes.errors import AnalysisError
from rushes.models.catalogue import Catalogue
from rushes.models.choice import resolve
from rushes.settings import Settings


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(Settings(data_dir=tmp_path))


def put(catalogue: Catalogue, root: Path, name: str) -> Path:
    """Stand-ins for the files of a hub model, with their manifest."""
    entry = catalogue.entry(name)
    folder = root / "models" / name
    folder.mkdir(parents=True)
    for file in entry.files:
        (folder / file.name).write_bytes(b"x")
    manifest = {
        "name": name,
        "origin": entry.origin,
        "revision": entry.revision,
        "files": {f.name: {"sha256": "0" * 64, "size_bytes": 1} for f in entry.files},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_the_first_weights_of_the_list_need_no_note(catalogue: Catalogue, tmp_path: Path) -> None:
    folder = put(catalogue, tmp_path, "whisper-small")
    chosen = resolve(catalogue, ["whisper-small", "whisper-tiny"])
    assert (chosen.entry.name, chosen.path, chosen.note) == ("whisper-small", folder, None)


def test_a_substitute_says_what_it_stands_in_for(catalogue: Catalogue, tmp_path: Path) -> None:
    put(catalogue, tmp_path, "whisper-tiny")
    chosen = resolve(catalogue, ["whisper-small", "whisper-tiny"])
    assert chosen.note == (
        "whisper-tiny in place of whisper-small; to get it: rushes models fetch whisper-small"
    )


def test_an_english_only_substitute_says_so(catalogue: Catalogue) -> None:
    if catalogue.locate("whisper-tiny.en") is None:
        pytest.skip("the package with tiny.en is not installed")
    chosen = resolve(catalogue, ["whisper-small", "whisper-tiny.en"])
    assert chosen.note == (
        "whisper-tiny.en (English only) in place of whisper-small; "
        "for other languages: rushes models fetch whisper-small"
    )


def test_english_only_weights_never_serve_another_language(catalogue: Catalogue) -> None:
    with pytest.raises(AnalysisError) as caught:
        resolve(catalogue, ["whisper-small", "whisper-tiny.en"], language="nl")
    assert caught.value.code == "model_unavailable"
    assert caught.value.remedy == "rushes models fetch whisper-small"


def test_no_weights_at_all_names_the_command_that_gets_them(catalogue: Catalogue) -> None:
    with pytest.raises(AnalysisError) as caught:
        resolve(catalogue, ["whisper-large-v3-turbo", "whisper-large-v3"])
    assert caught.value.code == "model_unavailable"
    assert caught.value.remedy == "rushes models fetch whisper-large-v3-turbo"
