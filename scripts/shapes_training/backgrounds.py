"""What lies behind the shapes: plain, graded, patterned, cluttered and photographed."""

from __future__ import annotations

import math
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from .outlines import Picture, Random

# Photographs that scikit-image ships, without those that show discs (coins, coffee, retina, moon)
# and without the portrait of the sample film.
PHOTOGRAPHS = (
    "brick.png",
    "camera.png",
    "cell.png",
    "chelsea.png",
    "grass.png",
    "gravel.png",
    "horse.png",
    "hubble_deep_field.jpg",
    "ihc.png",
    "motorcycle_left.png",
    "page.png",
    "rocket.jpg",
    "text.png",
)


def colour(random: Random) -> Picture:
    """A BGR colour, 0 to 255: often saturated, at times grey, black or white."""
    kind = random.random()
    if kind < 0.15:
        return np.full(3, random.uniform(0, 255))
    if kind < 0.3:
        return np.full(3, float(random.choice([0, 16, 235, 255])))
    if kind < 0.5:
        return random.choice([0.0, 128.0, 255.0], 3)
    return random.uniform(0, 255, 3)


def background(random: Random, size: int) -> Picture:
    """size x size x 3, BGR, float32, 0 to 255."""
    kinds = [_plain, _graded, _clouds, _patterned, _cluttered, _photographed]
    share = np.array([0.26, 0.18, 0.1, 0.1, 0.06, 0.3])
    return kinds[int(random.choice(len(kinds), p=share))](random, size)


def _plain(random: Random, size: int) -> Picture:
    return np.broadcast_to(colour(random), (size, size, 3)).astype(np.float32)


def _graded(random: Random, size: int) -> Picture:
    rows, columns = np.mgrid[0:size, 0:size].astype(np.float32) / size
    angle = random.uniform(0, 2 * np.pi)
    ramp = math.cos(angle) * rows + math.sin(angle) * columns
    if random.random() < 0.3:
        ramp = np.hypot(rows - random.random(), columns - random.random())
    ramp = (ramp - ramp.min()) / np.ptp(ramp)
    return _blend(colour(random), colour(random), ramp)


def _clouds(random: Random, size: int) -> Picture:
    """Noise with as much power in coarse as in fine detail, as photographs have."""
    channels = 1 if random.random() < 0.4 else 3
    field = np.zeros((1, 1, channels), np.float32)
    for cells in (2, 4, 8, 16, 32, 64, 128):
        grown = cv2.resize(field, (cells, cells), interpolation=cv2.INTER_LINEAR)
        grid = random.standard_normal((cells, cells, channels), np.float32)
        grid *= float(random.uniform(0.2, 1) * cells**-0.5)
        field = grown.reshape(grid.shape) + grid
    field = field / (2 * field.std() + 1e-6) + 0.5
    field = cv2.resize(field, (size, size), interpolation=cv2.INTER_LINEAR)
    return _blend(colour(random), colour(random), field)


def _patterned(random: Random, size: int) -> Picture:
    """Stripes, checks or bricks with any slant and period."""
    rows, columns = np.mgrid[0:size, 0:size].astype(np.float32)
    angle = random.choice([0, np.pi / 2, random.uniform(0, np.pi)])
    cosine, sine = math.cos(angle), math.sin(angle)
    along = cosine * columns + sine * rows
    across = cosine * rows - sine * columns
    period = math.exp(random.uniform(math.log(4), math.log(size / 2)))
    wave = ((along / period) % 1 < random.uniform(0.2, 0.8)).astype(np.float32)
    if random.random() < 0.3:
        # Long fields: a pattern of squares would be full of the very shapes to be found.
        wave = np.abs(wave - ((across / period / random.uniform(2, 4)) % 1 < 0.5))
    if random.random() < 0.3:
        wave = (np.sin(along * 2 * np.pi / period) + 1) / 2
    return _blend(colour(random), colour(random), wave)


def _cluttered(random: Random, size: int) -> Picture:
    """Leaves upon leaves: uneven blobs that hide each other, the statistics of real scenes."""
    picture = _clouds(random, size)
    for _ in range(int(random.integers(15, 60))):
        reach = np.exp(random.uniform(np.log(5), np.log(size / 3)))
        corners = random.integers(5, 12)
        angles = np.sort(random.uniform(0, 2 * np.pi, corners))
        radii = reach * random.uniform(0.3, 1, corners)
        leaf = np.stack(
            [np.cos(angles) * radii, np.sin(angles) * radii * random.uniform(0.3, 1)], 1
        )
        leaf += random.uniform(0, size, 2)
        cv2.fillPoly(picture, [leaf.astype(np.int32)], [float(c) for c in colour(random)])
    if random.random() < 0.7:
        picture = picture * 0.7 + _clouds(random, size) * 0.3
    return picture


def _photographed(random: Random, size: int) -> Picture:
    """A random cut-out of a photograph, or clouds where none is at hand."""
    if not photographs():
        return _clouds(random, size)
    photograph = photographs()[int(random.integers(len(photographs())))]
    side = int(np.exp(random.uniform(np.log(96), np.log(min(photograph.shape[:2])))))
    top = int(random.integers(photograph.shape[0] - side + 1))
    left = int(random.integers(photograph.shape[1] - side + 1))
    cut = photograph[top : top + side, left : left + side]
    how = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    seen = cv2.resize(cut, (size, size), interpolation=how).astype(np.float32)
    if random.random() < 0.5:
        seen = seen[:, ::-1]
    tint = random.uniform(0.7, 1.3, 3) if random.random() < 0.5 else np.ones(3)
    lit = seen * tint * random.uniform(0.6, 1.2)
    return np.asarray(np.clip(lit, 0, 255), np.float32)


@cache
def photographs() -> tuple[Picture, ...]:
    """The photographs (BGR, uint8) that are installed; none without scikit-image."""
    package = find_spec("skimage")
    if package is None or package.origin is None:
        return ()
    folder = Path(package.origin).parent / "data"
    found = (cv2.imread(str(folder / name), cv2.IMREAD_COLOR) for name in PHOTOGRAPHS)
    return tuple(picture for picture in found if picture is not None)


def _blend(one: Picture, other: Picture, share: Picture) -> Picture:
    if share.ndim == 2:
        share = share[..., None]
    share = np.clip(share, 0, 1).astype(np.float32)
    from_one, to_other = one.astype(np.float32), (other - one).astype(np.float32)
    mixed: Picture = from_one + to_other * share
    return mixed
