"""Writes the network as ONNX that readers of exported YOLO detectors understand."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import onnx
import torch

from .network import COARSEST, ExportedDetector, ShapesNetwork
from .outlines import LABELS

INPUT_SIZE = 512  # px; the longer side of a letterboxed frame
OPSET = 17
# Focal loss keeps scores near the middle. These spread them, so that a threshold of 0.25 stands
# where right and wrong answers part: at a raw score of 0.57.
STEEPNESS = 3.0
MIDDLE = 0.67  # logit that becomes a score of 0.5
METADATA = {
    "description": "Rushes shapes detector, trained on generated pictures",
    "author": "the authors of Rushes",
    "license": "Apache-2.0",
    "version": "1",
    "stride": str(COARSEST),
    "task": "detect",
    "batch": "1",
    "imgsz": str([INPUT_SIZE, INPUT_SIZE]),
    "names": str(dict(enumerate(LABELS))),
    "args": str({"batch": 1, "dynamic": True, "nms": False}),
    "channels": "3",
    "end2end": "False",
}


def write_onnx(network: ShapesNetwork, path: Path) -> None:
    """Input `images` (N, 3, H, W) RGB 0 to 1, output `output0` (N, 7, cells).

    Changes the scores of the network, so that it serves for one export.
    """
    _spread_scores(network)
    detector = ExportedDetector(network).eval()
    written = io.BytesIO()
    with warnings.catch_warnings():
        # The exporter that traces is deprecated; its successor needs one more package.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            detector,
            (torch.zeros(1, 3, INPUT_SIZE, INPUT_SIZE),),
            written,
            input_names=["images"],
            output_names=["output0"],
            dynamic_axes={
                "images": {0: "batch", 2: "height", 3: "width"},
                "output0": {0: "batch", 2: "anchors"},
            },
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load_from_string(written.getvalue())
    onnx.helper.set_model_props(model, METADATA)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString(deterministic=True))


def _spread_scores(network: ShapesNetwork) -> None:
    with torch.no_grad():
        network.classes.weight.mul_(STEEPNESS)
        network.classes.bias.sub_(MIDDLE).mul_(STEEPNESS)
