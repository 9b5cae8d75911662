"""What a YOLO model in ONNX says of itself: input size, batch, classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rushes.analysis.objects.class_names import names_of_metadata, parse_literal
from rushes.analysis.objects.letterbox import Letterbox, Size, fit, fit_rectangle

_DEFAULT_SIDE = 640
_LARGEST_SIDE = 4096
_DEFAULT_STRIDE = 32
_CHANNELS = 3
_NUMBER_TYPES = ("tensor(float)", "tensor(float16)")


@dataclass(frozen=True, slots=True)
class OnnxDescription:
    """The input of a model and the names of its classes.

    `size` is the input, or the largest where the model takes any size (`any_size`). `batch` is
    how many pictures it takes at a time; None: any number.
    """

    input_name: str
    batch: int | None
    size: Size
    any_size: bool
    stride: int
    half: bool
    names: Mapping[int, str]

    def letterbox(self, picture: Size) -> Letterbox:
        """How a picture is fitted into the input."""
        if self.any_size:
            return fit_rectangle(picture, self.size, self.stride)
        return fit(picture, self.size)


@dataclass(frozen=True, slots=True)
class OnnxInput:
    """One input of a graph as onnxruntime tells it; an open dimension is no positive integer."""

    name: str
    shape: Sequence[object]
    type: str


def describe(
    inputs: Sequence[OnnxInput],
    metadata: Mapping[str, str],
    side_names: Mapping[int, str] | None,
    image_size: int,
) -> OnnxDescription:
    """The description of a graph; `image_size` 0 means the model's own.

    A model of fixed size keeps it. ValueError says why the model is of no use.
    """
    if len(inputs) != 1 or len(inputs[0].shape) != 4:
        raise ValueError("it does not take one input of shape (n, 3, height, width)")
    image = inputs[0]
    if image.type not in _NUMBER_TYPES:
        raise ValueError(f"its input is {image.type}, not one of {', '.join(_NUMBER_TYPES)}")
    batch, channels, height, width = (_fixed(each) for each in image.shape)
    if channels not in (None, _CHANNELS):
        raise ValueError(f"its input has {channels} channels, not {_CHANNELS}")
    _require_detection(metadata)
    names = names_of_metadata(metadata) or side_names
    if not names:
        raise ValueError(
            "it names no classes; put them beside it, one a line, in a file of its name and .txt"
        )
    stride = _positive(metadata.get("stride", "")) or _DEFAULT_STRIDE
    own_height, own_width = (image_size, image_size) if image_size else _own_size(metadata)
    return OnnxDescription(
        input_name=image.name,
        batch=batch,
        size=Size(width or _whole(own_width, stride), height or _whole(own_height, stride)),
        any_size=height is None and width is None,
        stride=stride,
        half=image.type == "tensor(float16)",
        names=names,
    )


def _fixed(dimension: object) -> int | None:
    return dimension if isinstance(dimension, int) and dimension > 0 else None


def _require_detection(metadata: Mapping[str, str]) -> None:
    task = metadata.get("task", "detect")
    if task != "detect":
        raise ValueError(f"it was made for the task {task!r}, not for detection")


def _own_size(metadata: Mapping[str, str]) -> tuple[int, int]:
    """Height and width of the export."""
    found = parse_literal(metadata.get("imgsz", ""))
    sides = [found, found] if isinstance(found, int) else found
    if not isinstance(sides, list | tuple) or len(sides) != 2:
        return _DEFAULT_SIDE, _DEFAULT_SIDE
    if not all(isinstance(side, int) and 0 < side <= _LARGEST_SIDE for side in sides):
        return _DEFAULT_SIDE, _DEFAULT_SIDE
    return sides[0], sides[1]


def _positive(text: str) -> int | None:
    found = parse_literal(text)
    return found if isinstance(found, int) and 0 < found <= _LARGEST_SIDE else None


def _whole(side: int, stride: int) -> int:
    """The side rounded up to whole strides."""
    return -(-side // stride) * stride
