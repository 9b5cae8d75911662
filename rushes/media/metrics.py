"""What scene detection needs to know of each frame, measured once and kept.

The numbers are those of PySceneDetect's detectors on its own downscaled picture; sums are stored
as integers so that every score comes out of the cache exactly as it was. About 50 bytes a frame.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scenedetect.detectors import ContentDetector, HashDetector, HistogramDetector

from rushes.media.detector_image import Image

METRIC_NAMES = ("content", "mean", "histogram", "hash", "edges")
"""content: hue, saturation and luma deltas · mean: average intensity · histogram: correlation of
luma histograms · hash: 64-bit perceptual hash · edges: delta of the edge maps, dear."""

HISTOGRAM_BINS = 128
HASH_SIZE = 8
HASH_LOWPASS = 2
_COLUMN_TYPES = {
    "delta_hue": "I", "delta_sat": "I", "delta_lum": "I", "delta_edges": "I",
    "mean": "d", "histogram": "d", "hash": "Q",
}  # fmt: skip
_COLUMNS_OF = {
    "content": ("delta_hue", "delta_sat", "delta_lum"),
    "mean": ("mean",),
    "histogram": ("histogram",),
    "hash": ("hash",),
    "edges": ("delta_edges",),
}


@dataclass(frozen=True)
class FrameMetrics:
    """Per-frame numbers of one film; every array has one entry a frame, in presentation order.

    `pts` are ticks of `time_base` seconds since the first frame, strictly increasing. `columns`
    holds by name: `delta_hue`, `delta_sat`, `delta_lum`, `delta_edges` (uint32, sum of absolute
    differences to the frame before), `mean` (0 to 255), `histogram` (-1 to 1), `hash` (uint64).
    """

    pts: NDArray[np.int64]
    time_base: Fraction
    frame_rate: Fraction
    pixels: int
    duration_ms: int
    columns: dict[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.pts)

    @property
    def times_ms(self) -> NDArray[np.int64]:
        """Each frame's start in milliseconds, rounded."""
        numerator, denominator = self.time_base.numerator * 1000, self.time_base.denominator
        return (self.pts * numerator + denominator // 2) // denominator

    def component(self, name: str) -> NDArray[np.float64]:
        """A `delta_*` column as PySceneDetect's mean distance a pixel, 0 to 255."""
        return self.columns[name].astype(np.float64) / self.pixels

    def save(self, path: Path) -> None:
        """Writes one compressed `.npz`."""
        rates = [
            self.time_base.numerator, self.time_base.denominator,
            self.frame_rate.numerator, self.frame_rate.denominator,
            self.pixels, self.duration_ms,
        ]  # fmt: skip
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                pts=self.pts,
                facts=np.array(rates, np.int64),
                allow_pickle=False,
                **{f"column_{name}": values for name, values in self.columns.items()},
            )

    @classmethod
    def load(cls, path: Path) -> FrameMetrics:
        """Reads what `save` wrote. Raises OSError, ValueError, KeyError or BadZipFile."""
        with np.load(path, allow_pickle=False) as stored:
            facts = [int(value) for value in stored["facts"]]
            return cls(
                pts=stored["pts"],
                time_base=Fraction(facts[0], facts[1]),
                frame_rate=Fraction(facts[2], facts[3]),
                pixels=facts[4],
                duration_ms=facts[5],
                columns={
                    name: stored[f"column_{name}"]
                    for name in _COLUMN_TYPES
                    if f"column_{name}" in stored
                },
            )


class MetricsRecorder:
    """Measures frame after frame and keeps the numbers in compact arrays."""

    def __init__(self, names: tuple[str, ...]) -> None:
        """`names` are of `METRIC_NAMES`."""
        self._names = frozenset(names)
        self._columns: dict[str, array[Any]] = {
            column: array(_COLUMN_TYPES[column]) for name in names for column in _COLUMNS_OF[name]
        }
        self.pts = array("q")
        self.pixels = 0
        self._last_hsv: Image | None = None
        self._last_edges: Image | None = None
        self._last_histogram: NDArray[np.float32] | None = None
        self._edge_detector = ContentDetector()

    def add(self, pts: int, image: Image) -> float:
        """Measures `image`, shown at `pts` ticks; returns the content score, 0 to 255.

        The score is PySceneDetect's with default weights, 0 for the first frame.
        """
        self.pts.append(pts)
        self.pixels = image.shape[0] * image.shape[1]
        if "mean" in self._names:
            self._columns["mean"].append(sum(cv2.sumElems(image)) / image.size)
        if "histogram" in self._names:
            self._add_histogram(image)
        if "hash" in self._names:
            self._columns["hash"].append(perceptual_hash(image))
        return self._add_content(image) if self._names & {"content", "edges"} else 0.0

    def finish(self, time_base: Fraction, frame_rate: Fraction, duration_ms: int) -> FrameMetrics:
        """All that was measured."""
        return FrameMetrics(
            pts=np.array(self.pts, np.int64),
            time_base=time_base,
            frame_rate=frame_rate,
            pixels=max(1, self.pixels),
            duration_ms=duration_ms,
            columns={name: np.array(values) for name, values in self._columns.items()},
        )

    def _add_content(self, image: Image) -> float:
        hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
        before = hsv if self._last_hsv is None else self._last_hsv
        total = 0
        if "content" in self._names:
            differences = cv2.sumElems(cv2.absdiff(hsv, before))
            for name, difference in zip(_COLUMNS_OF["content"], differences, strict=False):
                self._columns[name].append(int(difference))
                total += int(difference)
        if "edges" in self._names:
            self._add_edges(cv2.extractChannel(hsv, 2))
        self._last_hsv = hsv
        return total / self.pixels / len(_COLUMNS_OF["content"])

    def _add_edges(self, luma: Image) -> None:
        edges = self._edge_detector._detect_edges(luma)
        before = edges if self._last_edges is None else self._last_edges
        self._columns["delta_edges"].append(int(cv2.norm(edges, before, cv2.NORM_L1)))
        self._last_edges = edges

    def _add_histogram(self, image: Image) -> None:
        histogram = HistogramDetector.calculate_histogram(image, bins=HISTOGRAM_BINS)
        before = histogram if self._last_histogram is None else self._last_histogram
        self._columns["histogram"].append(cv2.compareHist(before, histogram, cv2.HISTCMP_CORREL))
        self._last_histogram = histogram


def perceptual_hash(image: Image) -> int:
    """PySceneDetect's perceptual hash of a BGR picture, 64 bits, first bit lowest."""
    bits = HashDetector.hash_frame(image, HASH_SIZE, HASH_LOWPASS)
    return int.from_bytes(np.packbits(bits.ravel(), bitorder="little").tobytes(), "little")


def hash_bits(hashes: NDArray[Any]) -> NDArray[np.uint8]:
    """The bits (n, 64) of `perceptual_hash` values."""
    as_bytes = hashes.astype("<u8").view(np.uint8).reshape(len(hashes), 8)
    return np.unpackbits(as_bytes, axis=1, bitorder="little")
