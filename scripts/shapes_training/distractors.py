"""Things that are no plain circle, square or triangle, and must not be found."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from .backgrounds import colour
from .outlines import Picture, Random, turned

FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
SKIN = ((150, 180, 225), (110, 140, 200), (60, 90, 140), (40, 55, 90))  # BGR
Drawing = Callable[[Random, Picture], None]


def distract(random: Random, picture: Picture) -> None:
    """Draw one thing of a random kind somewhere on the picture (BGR, uint8)."""
    kinds: list[Drawing] = [text, text, bar, oval, star, cross, crescent, soft_blob, face, lines]
    kinds[int(random.integers(len(kinds)))](random, picture)


def text(random: Random, picture: Picture) -> None:
    letters = list(string.ascii_letters + string.digits + "   .,:-&!?")
    for line in range(int(random.integers(1, 4))):
        words = "".join(random.choice(letters, int(random.integers(3, 22))))
        scale = np.exp(random.uniform(np.log(0.3), np.log(2.5)))
        font = FONTS[int(random.integers(len(FONTS)))]
        x, y = _somewhere(random, picture)
        where = (int(x) - 40, int(y) + int(line * 32 * scale))
        thickness = int(random.integers(1, 2 + int(2 * scale)))
        cv2.putText(picture, words, where, font, scale, _ink(random), thickness, cv2.LINE_AA)


def bar(random: Random, picture: Picture) -> None:
    """A rectangle clearly longer than wide, upright or turned."""
    long = _reach(random, picture) * 1.5
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [1, random.uniform(0.08, 0.6)]
    _polygon(random, picture, corners * long, random.random() < 0.5)


def oval(random: Random, picture: Picture) -> None:
    """An ellipse clearly longer than wide."""
    long = _reach(random, picture) * 1.3
    angles = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    ring = np.stack([np.cos(angles), np.sin(angles) * random.uniform(0.2, 0.68)], 1)
    _polygon(random, picture, ring * long)


def star(random: Random, picture: Picture) -> None:
    points = int(random.integers(5, 9))
    radii = np.tile([1, random.uniform(0.3, 0.55)], points)
    angles = np.arange(2 * points) * np.pi / points
    corners = np.stack([np.cos(angles) * radii, np.sin(angles) * radii], 1)
    _polygon(random, picture, corners * _reach(random, picture))


def cross(random: Random, picture: Picture) -> None:
    arm = random.uniform(0.15, 0.45)
    quarter = np.array([[-arm, -1], [arm, -1], [arm, -arm]])
    corners = np.concatenate([turned(quarter, turn * np.pi / 2) for turn in range(4)])
    _polygon(random, picture, corners * _reach(random, picture), random.random() < 0.5)


def crescent(random: Random, picture: Picture) -> None:
    """A half disc, a wedge or a sickle."""
    angles = np.linspace(0, random.uniform(0.7, 1.3) * np.pi, 40)
    outer = np.stack([np.cos(angles), np.sin(angles)], 1)
    inner = outer[::-1] * random.choice([0, random.uniform(0.2, 0.8)])
    _polygon(random, picture, np.concatenate([outer, inner]) * _reach(random, picture))


def soft_blob(random: Random, picture: Picture) -> None:
    """A spot of light without an edge."""
    rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    x, y = _somewhere(random, picture)
    squeeze = random.uniform(0.5, 1)
    distance = ((columns - x) ** 2 + ((rows - y) / squeeze) ** 2) / _reach(random, picture) ** 2
    glow = np.exp(-distance * random.uniform(0.7, 2))[..., None]
    glow *= random.uniform(0.4, 1)
    picture[:] = np.rint(picture * (1 - glow) + colour(random) * glow)


def face(random: Random, picture: Picture) -> None:
    """An oval with hair, shading, eyes and a mouth."""
    x, y = _somewhere(random, picture)
    wide = _reach(random, picture)
    tall = wide * random.uniform(1.15, 1.5)
    skin = np.array(SKIN[int(random.integers(len(SKIN)))]) * random.uniform(0.8, 1.15)
    layer = picture.copy()
    hair = _ink(random, dark=True)
    _ellipse(layer, x, y - tall * 0.15, wide * 1.15, tall * random.uniform(1, 1.2), hair)
    _ellipse(layer, x, y, wide, tall, [float(c) for c in skin])
    for side in (-1, 1):
        eye = x + side * wide * 0.42
        _ellipse(layer, eye, y - tall * 0.15, wide * 0.18, wide * 0.1, (235.0, 235.0, 235.0))
        _ellipse(layer, eye, y - tall * 0.15, wide * 0.09, wide * 0.1, _ink(random, dark=True))
    _ellipse(layer, x, y + tall * 0.5, wide * 0.35, wide * 0.1, (90.0, 80.0, 160.0))
    soft = max(0.6, wide * random.uniform(0.02, 0.1))
    columns = np.arange(picture.shape[1], dtype=np.float32)
    shade = 1 - random.uniform(0, 0.4) / (1 + np.exp(np.clip((x - columns) / wide, -50, 50)))
    picture[:] = cv2.GaussianBlur(layer, (0, 0), soft) * shade[None, :, None]


def lines(random: Random, picture: Picture) -> None:
    """Strokes, among them corners that never close."""
    for _ in range(int(random.integers(2, 9))):
        points = np.stack([_somewhere(random, picture) for _ in range(int(random.integers(2, 4)))])
        thickness = int(random.integers(1, 9))
        cv2.polylines(
            picture, [points.astype(np.int32)], False, _ink(random), thickness, cv2.LINE_AA
        )


def _polygon(random: Random, picture: Picture, corners: Picture, upright: bool = False) -> None:
    angle = 0.0 if upright else random.uniform(0, 2 * np.pi)
    placed = turned(corners, angle) + _somewhere(random, picture)
    fixed = [np.rint(placed * 16).astype(np.int32)]
    cv2.fillPoly(picture, fixed, _ink(random), cv2.LINE_AA, 4)


def _ellipse(
    picture: Picture,
    x: float,
    y: float,
    wide: float,
    tall: float,
    ink: Sequence[float],
) -> None:
    axes = (max(1, round(wide)), max(1, round(tall)))
    cv2.ellipse(picture, (round(x), round(y)), axes, 0, 0, 360, ink, -1, cv2.LINE_AA)


def _ink(random: Random, dark: bool = False) -> tuple[float, float, float]:
    blue, green, red = colour(random) * (0.3 if dark else 1)
    return float(blue), float(green), float(red)


def _somewhere(random: Random, picture: Picture) -> Picture:
    return random.uniform(0, 1, 2) * [picture.shape[1], picture.shape[0]]


def _reach(random: Random, picture: Picture) -> float:
    """Half of a thing's extent in px."""
    return float(np.exp(random.uniform(np.log(8), np.log(picture.shape[0] / 3))))
