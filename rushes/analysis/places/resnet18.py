"""ResNet18 as an ONNX graph, made from a state dict named as torchvision names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from numpy.typing import NDArray

from rushes.analysis.embeddings.graph_builder import GraphBuilder

SIDE: Final = 224
_EPSILON: Final = 1e-5
"""PyTorch's default of batch normalisation."""


def build_resnet18(weights: Mapping[str, NDArray[Any]]) -> bytes:
    """The graph: `pixels` (n, 3, 224, 224) -> `logits` (n, classes).

    AnalysisError `model_corrupt` where a weight is missing. Source: He et al., 2015.
    """
    net = GraphBuilder(weights, epsilon=_EPSILON)
    flow = net.relu(net.convolution("pixels", "conv1", "bn1", stride=2, padding=3))
    flow = net.max_pool(flow, size=3, stride=2, padding=1)
    for layer in range(1, 5):
        for block in range(2):
            stride = 2 if layer > 1 and block == 0 else 1
            flow = _basic_block(net, flow, f"layer{layer}.{block}", stride)
    features = net.average(flow, "features")
    logits = net.linear(features, "fc", "logits")
    return net.model("pixels", (3, SIDE, SIDE), {logits: weights["fc.weight"].shape[0]})


def _basic_block(net: GraphBuilder, source: str, block: str, stride: int) -> str:
    flow = net.convolution(source, f"{block}.conv1", f"{block}.bn1", stride=stride, padding=1)
    flow = net.convolution(net.relu(flow), f"{block}.conv2", f"{block}.bn2", padding=1)
    beside = source
    if net.has(f"{block}.downsample.0.weight"):
        shortcut, norm = f"{block}.downsample.0", f"{block}.downsample.1"
        beside = net.convolution(source, shortcut, norm, stride=stride, padding=0)
    return net.relu(net.sum(flow, beside))
