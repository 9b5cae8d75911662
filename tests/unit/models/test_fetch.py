"""Fetching weights from a hub that may break off or serve the wrong file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from rushes.errors import AnalysisError, ConfigurationError, RushesError, StorageError
from rushes.models.catalogue import Catalogue, Problem
from rushes.settings import Settings
from tests.unit.models.fake_hub import FakeHub

WEIGHTS = b"weights" * 1000
CONFIG = b"{}"
FILES = {"config.json": CONFIG, "model.bin": WEIGHTS}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A catalogue of one hub model, one file of which has no published hash."""
    path = tmp_path / "catalogue.toml"
    path.write_text(
        f"""
        [small]
        purpose = "speech"
        kind = "huggingface"
        origin = "someone/small"
        revision = "{"a" * 40}"
        licence = "MIT"
        languages = "multilingual"
        size_bytes = {len(CONFIG) + len(WEIGHTS)}
        files = [
          {{ name = "config.json" }},
          {{ name = "model.bin", sha256 = "{sha256(WEIGHTS)}" }},
        ]

        [packaged]
        purpose = "speech"
        kind = "package"
        origin = "no-such-package"
        module = "no_such_package_of_weights"
        licence = "MIT"
        languages = "en"
        size_bytes = 1
        files = [{{ name = "model.bin" }}]
        """
    )
    return path


def catalogue(tmp_path: Path, table: Path, hub: FakeHub, *, offline: bool = False) -> Catalogue:
    settings = Settings(data_dir=tmp_path / "data", offline=offline)
    return Catalogue(settings, table=table, hub=hub)


def test_fetched_weights_are_located_and_verified(tmp_path: Path, table: Path) -> None:
    models = catalogue(tmp_path, table, FakeHub(FILES))
    assert models.locate("small") is None
    folder = models.fetch("small")
    assert models.locate("small") == folder == tmp_path / "data" / "models" / "small"
    assert (folder / "model.bin").read_bytes() == WEIGHTS
    assert models.verify("small") == []


def test_the_manifest_records_what_was_fetched(tmp_path: Path, table: Path) -> None:
    folder = catalogue(tmp_path, table, FakeHub(FILES)).fetch("small")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["origin"] == "someone/small"
    assert manifest["files"]["config.json"] == {"sha256": sha256(CONFIG), "size_bytes": 2}


def test_progress_ends_at_the_whole_size(tmp_path: Path, table: Path) -> None:
    seen: list[tuple[int, int]] = []
    models = catalogue(tmp_path, table, FakeHub(FILES))
    models.fetch("small", lambda done, total: seen.append((done, total)))
    total = len(CONFIG) + len(WEIGHTS)
    assert seen == [(len(CONFIG), total), (total, total)]


def test_a_wrong_file_is_refused_and_asked_for_anew_next_time(tmp_path: Path, table: Path) -> None:
    hub = FakeHub({**FILES, "model.bin": b"something else"})
    models = catalogue(tmp_path, table, hub)
    with pytest.raises(AnalysisError) as caught:
        models.fetch("small")
    assert caught.value.code == "model_corrupt"
    assert models.locate("small") is None
    hub.files["model.bin"] = WEIGHTS
    models.fetch("small")
    assert models.verify("small") == []


def test_a_broken_fetch_leaves_nothing_usable_and_goes_on_where_it_stopped(
    tmp_path: Path, table: Path
) -> None:
    hub = FakeHub(FILES, breaks_at="model.bin")
    models = catalogue(tmp_path, table, hub)
    with pytest.raises(RushesError) as caught:
        models.fetch("small")
    assert (caught.value.code, caught.value.retryable) == ("network", True)
    assert models.locate("small") is None
    hub.breaks_at = None
    models.fetch("small")
    assert hub.downloads == ["config.json", "model.bin"]


def test_weights_that_are_here_are_not_fetched_again(tmp_path: Path, table: Path) -> None:
    hub = FakeHub(FILES)
    models = catalogue(tmp_path, table, hub)
    models.fetch("small")
    models.fetch("small")
    assert hub.downloads == ["config.json", "model.bin"]


def test_a_file_damaged_later_is_found_and_mended_by_a_fetch(tmp_path: Path, table: Path) -> None:
    models = catalogue(tmp_path, table, FakeHub(FILES))
    folder = models.fetch("small")
    (folder / "config.json").write_bytes(b"[]")
    assert [problem.file for problem in models.verify("small")] == ["config.json"]
    models.fetch("small")
    assert models.verify("small") == []


def test_a_truncated_file_is_not_taken_for_the_model(tmp_path: Path, table: Path) -> None:
    models = catalogue(tmp_path, table, FakeHub(FILES))
    folder = models.fetch("small")
    (folder / "model.bin").write_bytes(WEIGHTS[:-1])
    assert models.locate("small") is None


def test_verify_names_missing_files(tmp_path: Path, table: Path) -> None:
    models = catalogue(tmp_path, table, FakeHub(FILES))
    assert models.verify("small") == [
        Problem("config.json", "missing"),
        Problem("model.bin", "missing"),
    ]


def test_offline_nothing_is_fetched(tmp_path: Path, table: Path) -> None:
    hub = FakeHub(FILES)
    with pytest.raises(ConfigurationError) as caught:
        catalogue(tmp_path, table, hub, offline=True).fetch("small")
    assert caught.value.code == "offline"
    assert hub.downloads == []


def test_weights_of_a_package_are_not_fetched_but_installed(tmp_path: Path, table: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        catalogue(tmp_path, table, FakeHub(FILES)).fetch("packaged")
    assert caught.value.code == "not_fetchable"
    assert "no-such-package" in str(caught.value)


def test_two_fetches_of_one_model_do_not_meet(tmp_path: Path, table: Path) -> None:
    class Impatient(FakeHub):
        def describe(self, origin: str, revision: str, name: str):  # type: ignore[no-untyped-def]
            with pytest.raises(StorageError) as caught:
                catalogue(tmp_path, table, FakeHub(FILES)).fetch("small")
            assert caught.value.code == "fetch_running"
            return super().describe(origin, revision, name)

    catalogue(tmp_path, table, Impatient(FILES)).fetch("small")


def test_a_model_too_large_for_the_disk_is_refused_before_it_is_fetched(
    tmp_path: Path, table: Path
) -> None:
    table.write_text(table.read_text().replace("size_bytes = 7002", "size_bytes = 1" + "0" * 18))
    hub = FakeHub(FILES)
    with pytest.raises(StorageError) as caught:
        catalogue(tmp_path, table, hub).fetch("small")
    assert caught.value.code == "disk_full"
    assert hub.downloads == []
