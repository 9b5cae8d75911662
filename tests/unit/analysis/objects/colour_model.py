"""A YOLO model in ONNX that detects coloured cells: small, exact, and with nothing to load.

Each cell of 32x32 pixels of the input is an anchor; its scores for red, green and blue are the
mean colour of the cell. So what has to be found can be painted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnx.parser
from numpy.typing import NDArray

CELL = 32
NAMES = "{0: 'red', 1: 'green', 2: 'blue'}"
METADATA = {"task": "detect", "stride": "32", "imgsz": "[96, 128]", "names": NAMES}

_HEAD = """
<ir_version: 8, opset_import: ["" : 17]>
colours ({type}[{n}, {c}, {h}, {w}] images) => ({type}[{n}, r, s] output0)
<
  int64 right = {{3}}, int64 down = {{2}}, int64[1] one = {{1}}, int64[1] first = {{1}},
  float cell = {{32}}, float half = {{16}}, float zero = {{0}}, int64[1] channel = {{1}},
  int64[3] rows = {{0, {rows}, -1}}, int64[1] start = {{0}}
>
{{
  wide = Cast <to = 1> (images)
  colours = AveragePool <kernel_shape = [32, 32], strides = [32, 32]> (wide)
  red = Slice (colours, start, one, channel)
  nothing = Mul (red, zero)
  size = Add (nothing, cell)
  across = CumSum (size, right)
  along = CumSum (size, down)
  x = Sub (across, half)
  y = Sub (along, half)
"""

_ANCHORS = """
  all = Concat <axis = 1> (x, y, size, size, colours)
  flat = Reshape (all, rows)
  output0 = Cast <to = {code}> (flat)
}}
"""

_END_TO_END = """
  left = Sub (x, half)
  top = Sub (y, half)
  best = ReduceMax <axes = [1], keepdims = 1> (colours)
  number = ArgMax <axis = 1, keepdims = 1> (colours)
  class = CastLike (number, best)
  all = Concat <axis = 1> (left, top, across, along, best, class)
  flat = Reshape (all, rows)
  turned = Transpose <perm = [0, 2, 1]> (flat)
  output0 = Cast <to = {code}> (turned)
}}
"""


@dataclass(frozen=True)
class ColourModel:
    """Shape of the input (a letter: open) and layout of the output."""

    batch: int | str = "n"
    height: int | str = 96
    width: int | str = 128
    channels: int = 3
    end_to_end: bool = False
    half: bool = False

    def write(self, path: Path, metadata: Mapping[str, str] = METADATA) -> Path:
        """The model as a file."""
        text = (_HEAD + (_END_TO_END if self.end_to_end else _ANCHORS)).format(
            type="float16" if self.half else "float",
            code=onnx.TensorProto.FLOAT16 if self.half else onnx.TensorProto.FLOAT,
            n=self.batch,
            c=self.channels,
            h=self.height,
            w=self.width,
            rows=6 if self.end_to_end else 4 + self.channels,
        )
        model = onnx.parser.parse_model(text)
        onnx.helper.set_model_props(model, dict(metadata))
        onnx.save(model, str(path))
        return path


def painted(width: int, height: int, *patches: tuple[str, int, int, int, int]) -> NDArray[np.uint8]:
    """A black picture with patches (colour, x, y, width, height) of full strength, as BGR."""
    picture = np.zeros((height, width, 3), np.uint8)
    for colour, x, y, across, down in patches:
        picture[y : y + down, x : x + across, ("blue", "green", "red").index(colour)] = 255
    return picture
