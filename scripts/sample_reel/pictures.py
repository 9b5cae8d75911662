"""Every frame of the film before it is lettered, and the lettered film."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from . import lettering, portrait, shapes
from .edit import CAPTIONS, HEIGHT, SHOTS, WIDTH, Shot
from .parts import Parts

Picture = NDArray[Any]

BOARD = ((72, 58, 40), (40, 30, 20))  # BGR, top and bottom of the slate's board
CREDITS = ((52, 30, 58), (22, 12, 26))
TABLE = ((150, 132, 112), (104, 88, 72))  # behind the shapes
STRIPES_HEIGHT = 118  # px
STRIPE_PERIOD = 128  # px
STRIPE_COLOURS = ((238, 238, 232), (26, 22, 18))


def film(parts: Parts) -> Iterator[NDArray[np.uint8]]:
    """All frames of the film in order: HEIGHT x WIDTH x 3, BGR."""
    frame = 0
    for shot in SHOTS:
        for picture in _shot(shot, parts):
            shown = [caption for caption in CAPTIONS if caption.start <= frame < caption.end]
            yield lettering.draw(picture, shown)
            frame += 1


def _shot(shot: Shot, parts: Parts) -> Iterator[Picture]:
    if shot.source == "slate":
        return iter([_slate()] * shot.frames)
    if shot.source == "credits":
        return iter([_gradient(*CREDITS)] * shot.frames)
    if shot.source == "shapes":
        return shapes.frames(_gradient(*TABLE), shot.frames)
    if shot.source == "portrait":
        return _push_in(parts.portrait, shot.frames)
    clip = parts.bunny if shot.source == "bunny" else parts.city
    return _clip(clip, shot.first, shot.frames)


def _clip(path: Path, first: int, frames: int) -> Iterator[Picture]:
    with av.open(str(path)) as container:
        for frame in islice(container.decode(video=0), first, first + frames):
            yield cv2.resize(
                frame.to_ndarray(format="bgr24"), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA
            )


def _push_in(path: Path, frames: int) -> Iterator[Picture]:
    photograph = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if photograph is None:
        raise SystemExit(f"{path} is no picture that OpenCV can read.")
    for index in range(frames):
        yield portrait.frame_at(photograph, index / (frames - 1))


def _gradient(top: tuple[int, int, int], bottom: tuple[int, int, int]) -> Picture:
    ramp = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None, None]
    rows = np.array(top, np.float32) * (1 - ramp) + np.array(bottom, np.float32) * ramp
    return np.broadcast_to(rows, (HEIGHT, WIDTH, 3)).round().astype(np.uint8)


def _slate() -> Picture:
    """A clapperboard: slanting stripes above, the board with its three fields below."""
    board = _gradient(*BOARD)
    rows, columns = np.mgrid[0:STRIPES_HEIGHT, 0:WIDTH]
    leaning = np.where(rows < STRIPES_HEIGHT // 2, columns + rows, columns - rows)
    light = (leaning % STRIPE_PERIOD) < STRIPE_PERIOD // 2
    board[:STRIPES_HEIGHT] = np.where(light[..., None], *STRIPE_COLOURS)
    board[STRIPES_HEIGHT // 2 - 2 : STRIPES_HEIGHT // 2 + 2] = STRIPE_COLOURS[1]
    for left, right in ((40, 273), (293, 540), (560, 728)):
        cv2.rectangle(board, (left, 304), (right, 378), (150, 140, 120), 2, cv2.LINE_AA)
    return board
