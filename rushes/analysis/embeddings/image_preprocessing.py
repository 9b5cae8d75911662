"""How a picture becomes what an image model reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from rushes.media.pictures import Pixels

Share = Annotated[float, Field(ge=0, le=1)]
Spread = Annotated[float, Field(gt=0, le=1)]


class ImagePreprocessing(BaseModel):
    """Scaling, cutting and normalising, as torchvision's transforms do it to one grey level.

    `resize` is the short side in pixels or, with `stretch`, both sides; `crop` the side of the
    square that is cut from the middle. `mean` and `std` are of red, green, blue in 0..1. `layout`
    has the channels before the pixels (PyTorch) or behind them (TensorFlow).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    resize: int = Field(ge=8, le=2048)
    crop: int = Field(ge=8, le=2048)
    stretch: bool = False
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"
    layout: Literal["nchw", "nhwc"] = "nchw"
    mean: tuple[Share, Share, Share] = (0.0, 0.0, 0.0)
    std: tuple[Spread, Spread, Spread] = (1.0, 1.0, 1.0)

    @model_validator(mode="after")
    def _cuts_inside(self) -> Self:
        if self.crop > self.resize:
            raise ValueError(f"crop {self.crop} is larger than resize {self.resize}")
        return self

    def square(self, pixels: Pixels) -> Pixels:
        """(height, width, 3) BGR -> (crop, crop, 3) RGB uint8: exactly what the model will see."""
        from PIL import Image

        picture = Image.fromarray(np.ascontiguousarray(pixels))
        width, height = self._scaled_size(*picture.size)
        left, top = round((width - self.crop) / 2), round((height - self.crop) / 2)
        across, down = picture.width / width, picture.height / height
        # Only what is kept is scaled: a strip of 20,000 x 1 pixels, whole, would need gigabytes.
        right = min((left + self.crop) * across, picture.width)
        bottom = min((top + self.crop) * down, picture.height)
        box = (left * across, top * down, right, bottom)
        filters = Image.Resampling
        chosen = filters.BICUBIC if self.interpolation == "bicubic" else filters.BILINEAR
        square = picture.resize((self.crop, self.crop), chosen, box=box)
        return np.ascontiguousarray(np.asarray(square, np.uint8)[:, :, ::-1])

    def batch(self, squares: Sequence[Pixels]) -> NDArray[np.float32]:
        """Squares as float32 (n, 3, crop, crop) or (n, crop, crop, 3), normalised."""
        stacked = np.stack(squares).astype(np.float32) / np.float32(255)
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        normal = (stacked - mean) / std
        if self.layout == "nhwc":
            return normal
        return np.ascontiguousarray(normal.transpose(0, 3, 1, 2))

    def _scaled_size(self, width: int, height: int) -> tuple[int, int]:
        if self.stretch:
            return self.resize, self.resize
        short = min(width, height)
        return int(self.resize * width / short), int(self.resize * height / short)
