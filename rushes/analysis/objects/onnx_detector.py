"""YOLO in ONNX through onnxruntime: no torch, on the processor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rushes.analysis.objects.class_names import names_file_beside, names_of_file
from rushes.analysis.objects.detector import Detections, Floats, failed, unusable
from rushes.analysis.objects.letterbox import Letterbox, Size, as_input
from rushes.analysis.objects.onnx_description import OnnxDescription, OnnxInput, describe
from rushes.analysis.objects.yolo_output import Thresholds, read_output
from rushes.media.pictures import Pixels

_FATAL_ONLY = 4  # what onnxruntime would log is in the error that it raises


class OnnxDetector:
    """A YOLO detection model as ultralytics exports it, end to end or not.

    `threads` is how many the model's own operators use. AnalysisError `model_unsupported` where
    the file is no such model.
    """

    def __init__(
        self, path: Path, thresholds: Thresholds, *, image_size: int = 0, threads: int = 1
    ) -> None:
        self._name = path.name
        self._thresholds = thresholds
        try:
            self._session = _open(path, threads)
        except Exception as error:  # onnxruntime's errors have no base but this
            raise unusable(path.name, str(error)) from error
        try:
            self._description = _describe(self._session, path, image_size)
        except ValueError as error:
            raise unusable(path.name, str(error)) from error

    @property
    def names(self) -> Mapping[int, str]:
        """The label of each class."""
        return self._description.names

    def detect(self, pictures: Sequence[Pixels]) -> list[Detections]:
        """What is in each of some pictures of one size."""
        if not pictures:
            return []
        height, width = pictures[0].shape[:2]
        letterbox = self._description.letterbox(Size(width, height))
        inputs = as_input([letterbox.apply(picture) for picture in pictures])
        found: list[Detections] = []
        step = self._description.batch or len(pictures)
        for first in range(0, len(pictures), step):
            found += self._run(inputs[first : first + step])
        return [_moved(each, letterbox) for each in found]

    def _run(self, inputs: Floats) -> list[Detections]:
        """Detections of a batch that the model can take at once; too small a one is filled up."""
        number = len(inputs)
        missing = (self._description.batch or number) - number
        if missing:
            inputs = np.concatenate((inputs, np.repeat(inputs[-1:], missing, axis=0)))
        given = inputs.astype(np.float16) if self._description.half else inputs
        try:
            output = self._session.run(None, {self._description.input_name: given})[0]
        except Exception as error:  # onnxruntime's errors have no base but this
            raise failed(self._name, error) from error
        try:
            found = read_output(output, len(self.names), self._thresholds)
        except ValueError as error:
            raise unusable(self._name, str(error)) from error
        if len(found) != len(inputs):
            raise unusable(self._name, f"{len(inputs)} pictures gave {len(found)} results")
        return found[:number]


def _open(path: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL_ONLY
    options.use_deterministic_compute = True
    # Threads that spin while they wait take the cores from decoding and from the other models.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        str(path), sess_options=options, providers=["CPUExecutionProvider"]
    )


def _describe(session: Any, path: Path, image_size: int) -> OnnxDescription:
    inputs = [OnnxInput(each.name, each.shape, each.type) for each in session.get_inputs()]
    metadata = session.get_modelmeta().custom_metadata_map
    beside = names_file_beside(path)
    side_names = names_of_file(beside) if beside else None
    return describe(inputs, metadata, side_names, image_size)


def _moved(detections: Detections, letterbox: Letterbox) -> Detections:
    boxes = letterbox.to_picture(detections[:, :4])
    return np.concatenate((boxes, detections[:, 4:]), axis=1)
