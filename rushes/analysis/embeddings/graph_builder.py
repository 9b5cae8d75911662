"""Builds ONNX graphs of convolutional nets from plain arrays, batch normalisation folded in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rushes.errors import AnalysisError

_OPSET: Final = 17
_IR_VERSION: Final = 9
"""Old enough for every onnxruntime since 1.15."""


class GraphBuilder:
    """Adds one layer after another; each method returns the name of its output.

    `weights` are named as in the state dict; a missing one is AnalysisError `model_corrupt`.
    """

    def __init__(self, weights: Mapping[str, NDArray[Any]], *, epsilon: float) -> None:
        self._weights = weights
        self._epsilon = epsilon
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def convolution(
        self, source: str, layer: str, norm: str, *, stride: int = 1, padding: int | None = None
    ) -> str:
        """A convolution without bias and the normalisation after it, as one.

        `padding` pixels on every side; None pads as TensorFlow's SAME does, the odd pixel last.
        Depthwise where the weights have one input channel.
        """
        kernel, bias = self._folded(layer, norm)
        depthwise = kernel.shape[1] == 1 and kernel.shape[0] > 1
        sides: dict[str, Any] = (
            {"auto_pad": "SAME_UPPER"} if padding is None else {"pads": [padding] * 4}
        )
        inputs = [source, self._constant(f"{layer}.w", kernel), self._constant(f"{layer}.b", bias)]
        return self._node(
            "Conv",
            inputs,
            strides=[stride, stride],
            kernel_shape=list(kernel.shape[2:]),
            group=kernel.shape[0] if depthwise else 1,
            **sides,
        )

    def relu(self, source: str) -> str:
        """max(x, 0)."""
        return self._node("Relu", [source])

    def relu6(self, source: str) -> str:
        """min(max(x, 0), 6)."""
        low = self._constant("zero", np.float32(0))
        return self._node("Clip", [source, low, self._constant("six", np.float32(6))])

    def sum(self, first: str, second: str) -> str:
        """Two layers of one shape added."""
        return self._node("Add", [first, second])

    def max_pool(self, source: str, *, size: int, stride: int, padding: int) -> str:
        """The largest value of each square."""
        return self._node(
            "MaxPool",
            [source],
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[padding] * 4,
        )

    def average(self, source: str, name: str) -> str:
        """The mean over the picture: (n, channels), called `name`."""
        pooled = self._node("GlobalAveragePool", [source])
        return self._node("Flatten", [pooled], output=name, axis=1)

    def linear(self, source: str, layer: str, name: str) -> str:
        """A fully connected layer, called `name`."""
        weight, bias = (self._weight(f"{layer}.{part}") for part in ("weight", "bias"))
        inputs = [source, self._constant(f"{layer}.w", weight), self._constant(f"{layer}.b", bias)]
        return self._node("Gemm", inputs, output=name, transB=1)

    def has(self, weight: str) -> bool:
        """Whether there is such a weight."""
        return weight in self._weights

    def model(self, source: str, shape: Sequence[int], outputs: Mapping[str, int]) -> bytes:
        """The model's bytes: input float32 (n, *shape), outputs float32 (n, width) by name."""
        from onnx import TensorProto, checker, helper

        def described(name: str, sizes: Sequence[int]) -> Any:
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *sizes])

        graph = helper.make_graph(
            self._nodes,
            "rushes",
            [described(source, shape)],
            [described(name, [width]) for name, width in outputs.items()],
            self._constants,
        )
        opsets = [helper.make_opsetid("", _OPSET)]
        made = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
        checker.check_model(made)
        data: bytes = made.SerializeToString()
        return data

    def _folded(self, layer: str, norm: str) -> tuple[NDArray[Any], NDArray[Any]]:
        """Kernel and bias that do what the convolution and its normalisation do."""
        kernel = self._weight(f"{layer}.weight")
        scale, shift, mean, variance = (
            self._weight(f"{norm}.{part}").astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        factor = scale / np.sqrt(variance + self._epsilon)
        bias = shift - mean * factor
        return (kernel * factor[:, None, None, None]).astype(np.float32), bias.astype(np.float32)

    def _weight(self, name: str) -> NDArray[Any]:
        try:
            return self._weights[name].astype(np.float32)
        except KeyError:
            raise AnalysisError(
                f"the weights lack {name}: they are not of this architecture",
                code="model_corrupt",
                remedy="fetch them again, or name other weights in the profile",
            ) from None

    def _constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        if all(each.name != name for each in self._constants):
            self._constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def _node(self, operator: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        from onnx import helper

        name = output or f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name
