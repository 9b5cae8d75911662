"""What kind of place each sampled frame shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rushes.analysis.embeddings.image_preprocessing import ImagePreprocessing
from rushes.analysis.embeddings.onnx_session import OnnxModel
from rushes.analysis.embeddings.torch_weights import read_state_dict
from rushes.analysis.places.analyser import PlacesAnalyser, make_places_analyser
from rushes.analysis.places.configuration import ClassifierSettings, PlacesConfiguration
from rushes.analysis.places.resnet18 import build_resnet18
from rushes.analysis.profiles import load_profiles
from rushes.analysis.protocol import Watch
from rushes.artifacts.schemas import PlaceClassificationV1
from rushes.artifacts.vocabulary import ArtifactType
from rushes.errors import AnalysisError, ConfigurationError, MediaError
from rushes.models.choice import ChosenWeights
from rushes.models.entry import ModelEntry, ModelFile, ModelKind
from tests.unit.analysis.embeddings.small_models import (
    BLACK,
    BLUE,
    GREEN,
    PLAIN,
    RED,
    Save,
    colour_model,
    film_of,
    own_models,
    plain,
    saved_archive,
    saved_legacy,
)
from tests.unit.analysis.embeddings.torch_extra import torchvision_library

LABELS = ("desert", "meadow", "sea")


def analyser_of(
    folder: Path, *, labels: tuple[str, ...] = LABELS, sharpness: float = 4.0, **changed: Any
) -> PlacesAnalyser:
    """A classifier that takes red for desert, green for meadow, blue for sea."""
    path = colour_model(folder / "colours.onnx", np.eye(3, dtype="f4") * np.float32(sharpness))
    (folder / "colours.txt").write_text("\n".join(labels))
    settings, catalogue = own_models(folder)
    keys = set(ClassifierSettings.model_fields)
    row = {"backend": "onnx", "preprocessing": PLAIN}
    row |= {key: value for key, value in changed.items() if key in keys}
    rest = {key: value for key, value in changed.items() if key not in keys}
    options = {"models": [str(path)], "model_settings": {"colours": row}, **rest}
    return make_places_analyser(settings, catalogue, options)


def test_each_frame_is_a_place_over_its_own_span(tmp_path: Path) -> None:
    analyser, watch = analyser_of(tmp_path), Watch()
    film = film_of(tmp_path, [plain(RED), plain(BLUE), plain(BLUE)])
    found = analyser.findings(analyser.analyse(film, watch))
    assert [(f.start_ms, f.end_ms) for f in found] == [(0, 1000), (1000, 2000), (2000, 3000)]
    payloads = [PlaceClassificationV1.model_validate(each.payload) for each in found]
    assert [each.label for each in payloads] == ["desert", "sea", "sea"]
    assert [each.frame_number for each in payloads] == [0, 25, 50]
    assert {each.artifact_type for each in found} == {ArtifactType.PLACE_CLASSIFICATION}
    sure = np.exp(4) / (np.exp(4) + 2)
    assert payloads[0].confidence == pytest.approx(sure, abs=0.01)
    assert watch.measures.counts["frames"] == 3


def test_other_labels_follow_by_their_confidence(tmp_path: Path) -> None:
    analyser = analyser_of(tmp_path, alternative_threshold=0.1)
    turquoise = plain((200, 255, 0))
    (found,) = analyser.findings(analyser.analyse(film_of(tmp_path, [turquoise]), Watch()))
    payload = PlaceClassificationV1.model_validate(found.payload)
    assert payload.label == "meadow"
    assert [each.label for each in payload.alternative_labels] == ["sea"]
    one = analyser_of(tmp_path, top_k=1)
    (found,) = one.findings(one.analyse(film_of(tmp_path, [turquoise]), Watch()))
    assert found.payload["alternative_labels"] == []


def test_a_frame_that_could_be_anywhere_is_no_place(tmp_path: Path) -> None:
    analyser = analyser_of(tmp_path, threshold=0.5)
    raw = analyser.analyse(film_of(tmp_path, [plain(BLACK), plain(GREEN)]), Watch())
    assert [each.start_ms for each in analyser.findings(raw)] == [1000]
    assert len(raw["frames"]) == 2


def test_a_replay_gives_the_same_findings(tmp_path: Path) -> None:
    analyser, film = analyser_of(tmp_path), film_of(tmp_path, [plain(RED), plain(GREEN)])
    raw = analyser.analyse(film, Watch())
    written = json.dumps(raw)
    assert analyser.findings(json.loads(written)) == analyser.findings(raw)
    assert json.dumps(analyser_of(tmp_path).analyse(film, Watch())) == written


def test_probabilities_are_taken_as_they_are_where_the_profile_says_so(tmp_path: Path) -> None:
    analyser = analyser_of(tmp_path, sharpness=0.9, softmax=False)
    (found,) = analyser.findings(analyser.analyse(film_of(tmp_path, [plain(RED)]), Watch()))
    assert found.payload["confidence"] == pytest.approx(0.9, abs=0.01)
    with pytest.raises(AnalysisError, match="softmax = true"):
        analyser_of(tmp_path, softmax=False).analyse(film_of(tmp_path, [plain(RED)]), Watch())


def test_a_list_of_another_length_is_told(tmp_path: Path) -> None:
    analyser = analyser_of(tmp_path, labels=("in", "out"))
    with pytest.raises(AnalysisError, match="3 classes apart, its list has 2 labels"):
        analyser.analyse(film_of(tmp_path, [plain(RED)]), Watch())


def test_another_list_is_another_configuration(tmp_path: Path) -> None:
    first, other = analyser_of(tmp_path), analyser_of(tmp_path, labels=("a", "b", "c"))
    assert first.configuration != other.configuration


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="top_k"):
        analyser_of(tmp_path, top_k=0)
    with pytest.raises(ConfigurationError, match="backend"):
        analyser_of(tmp_path, backend="caffe")


@pytest.mark.parametrize("size", [(1, 1), (5000, 1), (1, 5000)])
def test_odd_pictures_are_classified_like_others(size: tuple[int, int], tmp_path: Path) -> None:
    analyser = analyser_of(tmp_path)
    raw = analyser.analyse(film_of(tmp_path, [plain(GREEN, *size)]), Watch())
    assert raw["frames"][0]["best"][0][0] == "meadow"


def test_a_damaged_picture_fails_its_film_with_a_code(tmp_path: Path) -> None:
    film = film_of(tmp_path, [plain(RED)])
    (tmp_path / "frames" / "000000000.jpg").write_bytes(b"")
    with pytest.raises(MediaError) as caught:
        analyser_of(tmp_path).analyse(film, Watch())
    assert caught.value.code == "damaged_picture"


@pytest.mark.parametrize("profile", ["fast", "balanced", "high_quality"])
def test_missing_weights_name_the_command_that_fetches_them(profile: str, tmp_path: Path) -> None:
    settings, catalogue = own_models(tmp_path)
    options = load_profiles(settings).stage(profile, "places")
    with pytest.raises(AnalysisError) as caught:
        make_places_analyser(settings, catalogue, options)
    assert caught.value.code == "model_unavailable"
    assert caught.value.remedy == "rushes models fetch places365-resnet18"


def resnet_weights(classes: int, width: int = 4) -> dict[str, np.ndarray]:
    """A ResNet18 of random weights whose layers are narrow."""
    rng, weights = np.random.default_rng(1), dict[str, np.ndarray]()

    def layer(name: str, norm: str, out: int, into: int, size: int) -> None:
        kernel = rng.normal(size=(out, into, size, size)) / (size * np.sqrt(into))
        weights[f"{name}.weight"] = kernel.astype("f4")
        for part in ("weight", "bias", "running_mean", "running_var"):
            weights[f"{norm}.{part}"] = rng.uniform(0.5, 1.5, out).astype("f4")

    layer("conv1", "bn1", width, 3, 7)
    before = width
    for number in range(1, 5):
        out = width * 2 ** (number - 1)
        for block in (f"layer{number}.0", f"layer{number}.1"):
            layer(f"{block}.conv1", f"{block}.bn1", out, before, 3)
            layer(f"{block}.conv2", f"{block}.bn2", out, out, 3)
            if before != out:
                layer(f"{block}.downsample.0", f"{block}.downsample.1", out, before, 1)
            before = out
    weights["fc.weight"] = rng.normal(size=(classes, before)).astype("f4")
    weights["fc.bias"] = rng.normal(size=classes).astype("f4")
    return weights


@pytest.mark.parametrize("save", [saved_legacy, saved_archive])
def test_pytorch_weights_of_places365_are_run_without_pytorch(save: Save, tmp_path: Path) -> None:
    """The profile's own row on weights of its form: a checkpoint of parallel training."""
    name = "resnet18_places365.pth.tar"
    save(tmp_path / name, resnet_weights(5), prefix="module.", checkpoint=True)
    settings, _ = own_models(tmp_path)
    options = load_profiles(settings).stage("balanced", "places")
    row = options["model_settings"]["places365-resnet18"]
    entry = ModelEntry(
        name="places365-resnet18",
        purpose="places",
        kind=ModelKind.FILE,
        origin="here",
        licence="none",
        size_bytes=1,
        files=(ModelFile(name=name),),
    )
    configuration = PlacesConfiguration(
        model="m", model_version="1", labels_hash="1", settings=row, threshold=0.0
    )
    weights = ChosenWeights(entry, tmp_path, None)
    analyser = PlacesAnalyser(configuration, weights, list("abcde"), settings.models_root)
    film = film_of(tmp_path, [plain(RED, 320, 180), plain(GREEN, 320, 180)])
    raw = analyser.analyse(film, Watch())
    assert sum(share for _, share in raw["frames"][0]["best"]) == pytest.approx(1, abs=1e-4)
    assert raw["frames"][0]["best"] != raw["frames"][1]["best"]
    assert len(analyser.findings(raw)) == 2


@pytest.mark.torch
@pytest.mark.parametrize("archive", [True, False])
def test_resnet18_gives_what_torchvision_computes(archive: bool, tmp_path: Path) -> None:
    models = torchvision_library("torchvision.models")
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    net = models.resnet18(num_classes=365).eval()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    state = {f"module.{name}": value for name, value in net.state_dict().items()}
    path = tmp_path / "w.pth.tar"
    torch.save({"state_dict": state}, path, _use_new_zipfile_serialization=archive)
    (tmp_path / "g.onnx").write_bytes(build_resnet18(read_state_dict(path)))
    seen = ImagePreprocessing(resize=256, crop=224, stretch=True)
    rng = np.random.default_rng(0)
    squares = [seen.square(rng.integers(0, 256, (90, 160, 3), np.uint8)) for _ in range(2)]
    pixels = seen.batch(squares)
    with torch.inference_mode():
        expected = net(torch.from_numpy(pixels)).numpy()
    (logits,) = OnnxModel(tmp_path / "g.onnx", threads=2).run({"pixels": pixels})
    assert np.abs(logits - expected).max() < 1e-3
