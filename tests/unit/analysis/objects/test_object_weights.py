"""Which weights and which backend the objects stage takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rushes.analysis.objects.analyser import make_objects_analyser
from rushes.analysis.objects.configuration import (
    NOT_IN_THE_RESULT,
    ObjectsConfiguration,
    configuration_of,
)
from rushes.analysis.objects.ultralytics_detector import is_installed
from rushes.analysis.objects.weights import choose_backend, choose_weights, weights_note
from rushes.analysis.profiles import load_profiles
from rushes.artifacts.hashing import config_hash
from rushes.artifacts.vocabulary import ModelProfile
from rushes.errors import AnalysisError, ConfigurationError
from rushes.models.catalogue import Catalogue
from rushes.settings import Settings
from tests.unit.analysis.objects.colour_model import ColourModel

MODELLED = [profile for profile in ModelProfile if profile is not ModelProfile.NONE]

ROW = """
[{name}]
purpose = "objects"
kind = "url"
origin = "somewhere"
licence = "MIT"
size_bytes = 1
files = [{{ name = "{file}", sha256 = "{hash}", urls = ["https://example.org/{file}"] }}]
"""

NAMED = ["pt-model", "onnx-model", "shapes"]


class Machine:
    """A catalogue of three models, some of which are here."""

    def __init__(self, root: Path, *here: str) -> None:
        table = root / "catalogue.toml"
        files = ["pt-model.pt", "onnx-model.onnx", "shapes.onnx"]
        rows = zip(NAMED, files, strict=True)
        table.write_text(
            "".join(ROW.format(name=name, file=file, hash="0" * 64) for name, file in rows)
        )
        self.settings = Settings(data_dir=root)
        self.catalogue = Catalogue(self.settings, table=table)
        for name in here:
            self.put(name)

    def put(self, name: str) -> None:
        """Stand-ins for the files of a model, with the manifest of a fetch."""
        entry = self.catalogue.entry(name)
        folder = self.settings.models_root / name
        folder.mkdir(parents=True)
        files = {}
        for file in entry.files:
            (folder / file.name).write_bytes(b"x")
            files[file.name] = {"sha256": "0" * 64, "size_bytes": 1}
        manifest = {
            "name": name, "origin": entry.origin, "revision": entry.pin, "files": files
        }  # fmt: skip
        (folder / "manifest.json").write_text(json.dumps(manifest))

    def chosen(self, *names: str, installed: bool) -> str:
        weights = choose_weights(
            self.catalogue, names or NAMED, "auto", installed=lambda: installed
        )
        backend = choose_backend(weights, "auto", installed=lambda: installed)
        return f"{weights.entry.name} by {backend.backend}"


def test_onnx_weights_need_no_ultralytics(tmp_path: Path) -> None:
    machine = Machine(tmp_path, *NAMED)
    assert machine.chosen(installed=True) == "pt-model by ultralytics"
    assert machine.chosen(installed=False) == "onnx-model by onnx"


def test_weights_of_ultralytics_alone_name_both_ways_out(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "pt-model")
    with pytest.raises(AnalysisError, match=r"rushes\[ultralytics\].*ONNX") as caught:
        machine.chosen("pt-model", installed=False)
    assert caught.value.code == "model_unavailable"


def test_what_a_person_fetched_is_not_replaced_by_the_demonstration(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "pt-model", "shapes")
    with pytest.raises(AnalysisError, match=r"pt-model\.pt needs ultralytics"):
        machine.chosen(installed=False)


def test_the_demonstration_says_how_little_it_knows_and_what_leads_out(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "shapes")
    weights = choose_weights(machine.catalogue, NAMED, "auto", installed=lambda: False)
    note = weights_note(weights)
    assert note is not None
    assert "circles, squares and triangles" in note
    assert "rushes models fetch onnx-model" in note  # not the one that would need ultralytics


def test_nothing_here_names_the_command_that_leads_out(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    with pytest.raises(AnalysisError, match="rushes models fetch onnx-model") as caught:
        machine.chosen(installed=False)
    assert caught.value.code == "model_unavailable"
    with pytest.raises(AnalysisError, match="rushes models fetch pt-model"):
        machine.chosen(installed=True)


@pytest.mark.skipif(is_installed(), reason="ultralytics is installed")
def test_ultralytics_that_is_wanted_and_missing_is_named(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "pt-model")
    options = {"models": ["pt-model"], "backend": "ultralytics"}
    with pytest.raises(AnalysisError, match=r"rushes\[ultralytics\]") as caught:
        make_objects_analyser(machine.settings, machine.catalogue, options)
    assert caught.value.code == "extra_missing"


def test_weights_of_another_backend_are_refused(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "pt-model")
    options = {"models": ["pt-model"], "backend": "onnx"}
    with pytest.raises(AnalysisError, match=r"\.onnx") as caught:
        make_objects_analyser(machine.settings, machine.catalogue, options)
    assert caught.value.code == "model_unavailable"


def own(tmp_path: Path, **options: Any) -> Any:
    settings = Settings(data_dir=tmp_path, cpu_threads=1)
    row = {"models": [str(tmp_path / "mine.onnx")], **options}
    return make_objects_analyser(settings, Catalogue(settings), row)


def test_a_file_of_ones_own_is_known_by_its_content(tmp_path: Path) -> None:
    path = ColourModel().write(tmp_path / "mine.onnx")
    first = own(tmp_path, batch_size=1)
    first.prepare()
    assert first.weights_note is None
    assert first.identity.producer == "onnxruntime"
    assert first.configuration.model.startswith("mine@")
    assert own(tmp_path, batch_size=9).configuration == first.configuration
    ColourModel(batch=1).write(path)
    changed = own(tmp_path).configuration
    assert config_hash(changed) != config_hash(first.configuration)
    (tmp_path / "mine.txt").write_text("a\nb\nc\n")
    assert own(tmp_path).configuration.names_file is not None


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"backend": "torch"}, r"objects\.backend"),
        ({"batch_size": 0}, r"objects\.batch_size"),
        ({"batch_size": 1.5}, r"objects\.batch_size"),
        ({"confidence": 0}, r"objects\.confidence"),
        ({"labels": ["cat", ""]}, r"objects\.labels\.1"),
        ({"confidense": 0.5}, r"objects\.confidense"),
    ],
)
def test_a_value_that_cannot_be_is_named(
    tmp_path: Path, options: dict[str, Any], named: str
) -> None:
    ColourModel().write(tmp_path / "mine.onnx")
    with pytest.raises(ConfigurationError, match=named) as caught:
        own(tmp_path, **options)
    assert caught.value.code == "profiles_file"


@pytest.mark.parametrize("profile", MODELLED)
def test_every_profile_makes_a_whole_configuration(tmp_path: Path, profile: ModelProfile) -> None:
    settings = Settings(data_dir=tmp_path)
    row = load_profiles(settings).stage(profile, "objects")
    configuration_of(row, "onnx", "any")
    chosen = {"backend", "model", "names_file"}
    assert set(row) - NOT_IN_THE_RESULT - {"backend"} == (
        set(ObjectsConfiguration.model_fields) - chosen
    )
    for name in row["models"]:
        assert Catalogue(settings).entry(name).purpose == "objects"


def test_no_demonstration_stands_in_for_high_quality(tmp_path: Path) -> None:
    profiles = load_profiles(Settings(data_dir=tmp_path))
    assert "shapes" not in profiles.stage("high_quality", "objects")["models"]
