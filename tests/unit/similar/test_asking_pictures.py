"""Pictures that ask: upright, in colour, no larger than films are looked at."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rushes.similar.picture import LONG_SIDE, pixels_of

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def written(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def halves(mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (40, 20), RED)
    image.paste(BLUE, (20, 0, 40, 20))
    return image.convert(mode)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF", "WEBP", "JPEG"])
def test_every_format_is_seen_as_blue_green_red(kind: str) -> None:
    pixels = pixels_of(written(halves(), kind))
    assert (pixels.shape, pixels.dtype) == ((20, 40, 3), np.uint8)
    assert np.abs(pixels[10, 5].astype(int) - (0, 0, 255)).max() < 40
    assert np.abs(pixels[10, 35].astype(int) - (255, 0, 0)).max() < 40


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_whatever_the_colours_are_stored_as_there_are_three(mode: str) -> None:
    if mode == "I;16":
        grey = np.repeat(np.linspace(0, 65535, 40, dtype=np.uint16)[None], 20, axis=0)
        pixels = pixels_of(written(Image.fromarray(grey)))
        assert pixels[0, 0].tolist() == [0, 0, 0]
        assert pixels[0, -1].tolist() == [255, 255, 255]
        assert 100 < pixels[0, 20, 0] < 150
    else:
        kind = "TIFF" if mode == "CMYK" else "PNG"
        assert pixels_of(written(halves(mode), kind)).shape == (20, 40, 3)


def test_a_picture_that_was_taken_on_its_side_is_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise
    pixels = pixels_of(written(halves(), "JPEG", exif=exif, quality=95))
    assert pixels.shape == (40, 20, 3)
    assert pixels[5, 10, 2] > 200  # red is above


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_picture_is_made_as_small_as_films_are_looked_at(kind: str) -> None:
    image = Image.new("RGB", (3000, 1500), GREEN)
    pixels = pixels_of(written(image, kind))
    assert pixels.shape == (LONG_SIDE // 2, LONG_SIDE, 3)
    assert pixels[100, 100].tolist()[1] > 250


def test_a_strip_keeps_its_width() -> None:
    pixels = pixels_of(written(Image.new("RGB", (20_000, 1), GREEN)))
    assert pixels.shape == (1, LONG_SIDE, 3)
