"""What an image model gets to see of a picture."""

from __future__ import annotations

import resource

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rushes.analysis.embeddings.image_preprocessing import ImagePreprocessing
from tests.unit.analysis.embeddings.torch_extra import torchvision_library

CUT = ImagePreprocessing(resize=40, crop=32, interpolation="bicubic")
STRETCHED = ImagePreprocessing(resize=40, crop=32, stretch=True)


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (height, width, 3), np.uint8)


@given(st.integers(1, 300), st.integers(1, 300), st.booleans())
@settings(max_examples=40, deadline=None)
def test_every_picture_becomes_a_square(height: int, width: int, stretch: bool) -> None:
    chosen = STRETCHED if stretch else CUT
    square = chosen.square(noise(height, width))
    assert (square.shape, square.dtype) == ((32, 32, 3), np.uint8)
    np.testing.assert_array_equal(square, chosen.square(noise(height, width)))


@pytest.mark.parametrize("shape", [(1, 20_000), (20_000, 1), (3, 60_000)])
def test_a_very_long_picture_takes_little_memory(shape: tuple[int, int]) -> None:
    large = ImagePreprocessing(resize=256, crop=224)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert large.square(noise(*shape)).shape == (224, 224, 3)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


def test_the_middle_is_seen_in_red_green_blue() -> None:
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, 30:50] = (10, 20, 30)  # blue, green, red
    assert CUT.square(pixels)[16, 16].tolist() == [30, 20, 10]


def test_values_are_normalised_channel_by_channel() -> None:
    chosen = ImagePreprocessing(resize=8, crop=8, mean=(0.5, 0.0, 1.0), std=(0.5, 1.0, 0.25))
    batch = chosen.batch([np.full((8, 8, 3), 255, np.uint8)])
    assert (batch.shape, batch.dtype) == ((1, 3, 8, 8), np.float32)
    assert batch[0, :, 0, 0].tolist() == [1.0, 1.0, 0.0]


def test_channels_may_stand_behind_the_pixels() -> None:
    behind = STRETCHED.model_copy(update={"layout": "nhwc"})
    square = STRETCHED.square(noise(50, 60))
    before = STRETCHED.batch([square])
    np.testing.assert_array_equal(behind.batch([square]).transpose(0, 3, 1, 2), before)


def test_a_crop_larger_than_the_picture_is_refused() -> None:
    with pytest.raises(ValidationError, match="crop 64 is larger"):
        ImagePreprocessing(resize=32, crop=64)


@pytest.mark.torch
@pytest.mark.parametrize("shape", [(720, 1280), (333, 251), (100, 101)])
@pytest.mark.parametrize("stretch", [True, False])
def test_it_is_what_torchvision_does(shape: tuple[int, int], stretch: bool) -> None:
    transforms = torchvision_library("torchvision.transforms")
    from PIL import Image

    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    chosen = ImagePreprocessing(resize=256, crop=224, stretch=stretch, mean=mean, std=std)
    theirs = transforms.Compose(
        [
            transforms.Resize((256, 256) if stretch else 256),
            transforms.CenterCrop(224),
            transforms.ToTensor(),
            transforms.Normalize(mean, std),
        ]
    )
    pixels = noise(*shape)
    expected = theirs(Image.fromarray(pixels[:, :, ::-1].copy())).numpy()
    difference = np.abs(chosen.batch([chosen.square(pixels)])[0] - expected)
    levels = difference * np.array(std)[:, None, None] * 255
    assert levels.max() < 1.01  # scaling only the part that is kept rounds a little otherwise
    assert levels.mean() < 0.3
