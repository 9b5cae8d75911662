"""Looks with YuNet in several sizes for what may be a face, then closely at each of those.

The network sees faces of about 10 to 300 pixels well: a face that fills the picture is found where
the picture is shown small, one far away where it is shown whole.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock

import cv2
import numpy as np

from rushes.analysis.faces.configuration import FacesConfiguration
from rushes.analysis.faces.face import Face, failed
from rushes.analysis.faces.second_look import SecondLook
from rushes.analysis.faces.yunet import YuNet, face_of_row
from rushes.media.pictures import Pixels


class YuNetDetector:
    """Faces of a picture that pass the second look."""

    def __init__(self, path: Path, configuration: FacesConfiguration) -> None:
        self._name = path.name
        self._chosen = configuration
        self._network = YuNet(path)
        self._closely = SecondLook(self._network)
        self._lock = Lock()  # the network is for one picture at a time

    def detect(self, pixels: Pixels) -> list[Face]:
        """The faces, each with the mean score of its second look, the surest first."""
        try:
            with self._lock:
                return sorted(self._confirmed(pixels), key=lambda face: -face.score)
        except cv2.error as error:
            raise failed(self._name, error) from error

    def _confirmed(self, pixels: Pixels) -> list[Face]:
        """Candidates in falling order; one rejected does not stand in the way of another."""
        faces: list[Face] = []
        for candidate in self._candidates(pixels):
            if any(face.box.iou(candidate.box) > self._chosen.overlap for face in faces):
                continue
            score = self._closely.score(pixels, candidate.box, self._chosen.confidence)
            if score is not None:
                faces.append(Face(candidate.box, score, candidate.landmarks))
        return faces

    def _candidates(self, pixels: Pixels) -> list[Face]:
        height, width = pixels.shape[:2]
        found: list[Face] = []
        for side in sides_to_look_at(max(height, width), self._chosen.sides):
            scaled, across, down = _scaled(pixels, side)
            rows = self._network.rows(scaled, self._chosen.candidate_score)
            found += [face_of_row(row, across, down) for row in rows]
        large = [
            face
            for face in found
            if min(face.box.width, face.box.height) >= self._chosen.min_face_pixels
        ]
        return sorted(large, key=lambda face: -face.score)[: self._chosen.max_faces]


def sides_to_look_at(long_side: int, sides: tuple[int, ...]) -> list[int]:
    """The sizes for a picture: none enlarges it, its own stands for all larger ones."""
    return sorted({min(side, long_side) for side in sides})


def _scaled(pixels: Pixels, long_side: int) -> tuple[Pixels, float, float]:
    """The picture with that long side, and what its places are multiplied with to go back."""
    height, width = pixels.shape[:2]
    scale = long_side / max(height, width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    if size == (width, height):
        return pixels, 1.0, 1.0
    scaled = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return scaled, width / size[0], height / size[1]
