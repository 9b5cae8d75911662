"""Which weights are used, and that a substitution is told."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.errors import AnalysisError
from rushes.models.catalogue import Catalogue
from rushes.models.choice import resolve
from rushes.models.wanted import wanted_models
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


def own_file(tmp_path: Path, data: bytes = b"weights", name: str = "mine.onnx") -> Path:
    """A file of a person's own."""
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_a_path_names_a_file_of_ones_own(catalogue: Catalogue, tmp_path: Path) -> None:
    path = own_file(tmp_path)
    chosen = resolve(catalogue, [str(path), "whisper-small"])
    assert chosen.file(".onnx") == path
    assert chosen.path == tmp_path
    assert chosen.identity == f"mine@{hashlib.sha256(b'weights').hexdigest()[:12]}"
    assert chosen.note is None


@given(name=st.text(alphabet="ab -_.()é", min_size=1, max_size=20), data=st.binary(min_size=1))
def test_any_name_and_content_make_an_identity_of_stem_and_hash(name: str, data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = own_file(Path(folder), data, f"x{name}.pt")
        chosen = resolve(Catalogue(Settings(data_dir=Path(folder))), [str(path)])
        assert chosen.identity == f"{path.stem}@{hashlib.sha256(data).hexdigest()[:12]}"
        assert chosen.file(".PT") == path


def test_a_changed_file_is_another_model(catalogue: Catalogue, tmp_path: Path) -> None:
    path = own_file(tmp_path)
    before = resolve(catalogue, [str(path)]).identity
    path.write_bytes(b"weights, trained longer")
    assert resolve(catalogue, [str(path)]).identity != before


def test_an_unchanged_file_is_not_read_again(catalogue: Catalogue, tmp_path: Path) -> None:
    path = own_file(tmp_path)
    before = resolve(catalogue, [str(path)]).identity
    facts = path.stat()
    path.write_bytes(b"WEIGHTS")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert resolve(catalogue, [str(path)]).identity == before


def test_a_relative_path_begins_at_the_folder_of_models(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    path = own_file(tmp_path / "models")
    monkeypatch.chdir("/")
    assert resolve(catalogue, ["mine.onnx"]).file(".onnx") == path


def test_a_file_that_is_not_there_is_named_in_full(catalogue: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(AnalysisError) as caught:
        resolve(catalogue, ["sub/mine.pt"])
    assert caught.value.code == "model_unavailable"
    assert str(tmp_path / "models" / "sub" / "mine.pt") in caught.value.message


def test_what_stands_in_for_a_missing_file_says_so(catalogue: Catalogue, tmp_path: Path) -> None:
    put(catalogue, tmp_path, "whisper-tiny")
    chosen = resolve(catalogue, ["/no/such/mine.pt", "whisper-tiny"])
    assert chosen.identity == "whisper-tiny"
    assert chosen.note is not None
    assert chosen.note.startswith("whisper-tiny in place of /no/such/mine.pt")


@pytest.mark.parametrize("spoil", ["empty", "folder"])
def test_a_file_of_no_use_is_refused(catalogue: Catalogue, tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "mine.onnx"
    path.write_bytes(b"") if spoil == "empty" else path.mkdir()
    with pytest.raises(AnalysisError) as caught:
        resolve(catalogue, [str(path)])
    assert caught.value.code == "model_unavailable"
    assert str(path) in caught.value.message


def test_the_file_of_a_suffix_is_the_first_of_that_suffix(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    folder = put(catalogue, tmp_path, "whisper-small")
    chosen = resolve(catalogue, ["whisper-small"])
    assert chosen.file(".json") == folder / "config.json"
    assert chosen.file("tokenizer.json") == folder / "tokenizer.json"


def test_a_suffix_that_no_file_has_is_refused(catalogue: Catalogue, tmp_path: Path) -> None:
    put(catalogue, tmp_path, "whisper-small")
    with pytest.raises(AnalysisError) as caught:
        resolve(catalogue, ["whisper-small"]).file(".onnx")
    assert caught.value.code == "model_unavailable"


def test_weights_of_an_extra_name_the_extra(catalogue: Catalogue) -> None:
    if catalogue.locate("easyocr-en") is not None:
        pytest.skip("the extra easyocr is installed")
    with pytest.raises(AnalysisError) as caught:
        resolve(catalogue, ["easyocr-en"])
    assert "RUSHES_EXTRAS=easyocr" in str(caught.value.remedy)


def test_a_profile_wants_the_first_choice_of_each_list_of_models(catalogue: Catalogue) -> None:
    options = {
        "models": ["/my/own.pt", "yolo11n", "yolo11s"],
        "recognisers": ["sface"],
        "detector": "yunet",
        "weights": [1.0, 2.0],
        "language": "auto",
    }
    assert wanted_models(catalogue, options) == ["yolo11n", "sface", "yunet"]
