"""RapidOCR: PP-OCR's detector and recogniser on onnxruntime, without a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rushes.analysis.ocr.lines import TextLine
from rushes.analysis.ocr.onnx_session import open_session
from rushes.analysis.ocr.picture_size import fitted, in_frame
from rushes.errors import AnalysisError
from rushes.media.pictures import Pixels
from rushes.models.choice import ChosenWeights


class RapidReader:
    """Reads with the weights of two files, which are named to it: what is named is not fetched.

    The detector sees the picture with its long side at `reading_side`, the recogniser reads each
    line as large as the frame has it. Lines upside down are not turned: film has none, and asking
    for each line whether it is costs a model more.
    """

    def __init__(
        self, detector: Path, recogniser: Path, *, reading_side: int, box_threshold: float,
        threads: int,
    ) -> None:  # fmt: skip
        from omegaconf import OmegaConf
        from rapidocr import RapidOCR

        self._model: Any = RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,
                "Global.use_preprocess_img": False,
                "Global.text_score": 0.0,
                "Det.limit_type": "max",
                "Det.limit_side_len": reading_side,
                "Det.box_thresh": box_threshold,
            }
        )
        # RapidOCR takes an open model, though not among its `params`: they hold plain values only.
        for part, file in (("Det", detector), ("Rec", recogniser)):
            session = open_session(file, threads, arena=False)
            settings = {**self._model.cfg[part], "session": session}
            self._model.cfg[part] = OmegaConf.create(settings, flags={"allow_objects": True})

    def read(self, pixels: Pixels) -> Sequence[TextLine]:
        """The lines of a picture, from top to bottom."""
        height, width = pixels.shape[:2]
        picture, scale_x, scale_y = fitted(pixels)
        said = self._model(picture)
        if said.txts is None or said.boxes is None:
            return []
        return [
            TextLine(
                in_frame(tuple((float(x), float(y)) for x, y in box), scale_x, scale_y,
                         width, height),
                text, min(1.0, max(0.0, float(score))),
            )
            for box, text, score in zip(said.boxes, said.txts, said.scores, strict=True)
        ]  # fmt: skip


def detector_file(weights: ChosenWeights) -> Path:
    """PP-OCR's detector among the files of the weights."""
    return _part(weights, "_det")


def recogniser_file(weights: ChosenWeights) -> Path:
    """PP-OCR's recogniser among the files of the weights."""
    return _part(weights, "_rec")


def _part(weights: ChosenWeights, part: str) -> Path:
    for file in weights.entry.files:
        if part in file.name and file.name.endswith(".onnx"):
            return weights.path / file.name
    raise AnalysisError(
        f"the weights {weights.identity} have no file '*{part}*.onnx', which rapidocr needs",
        code="model_unavailable",
        remedy="name rapidocr-ppocrv6 in the profile, or another backend",
    )
