"""EasyOCR: CRAFT and a recogniser on torch, an extra."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rushes.analysis.ocr.lines import TextLine
from rushes.analysis.ocr.picture_size import fitted, in_frame
from rushes.errors import AnalysisError
from rushes.media.pictures import Pixels


class EasyReader:
    """Reads with the weights that lie in `folder`; nothing is fetched.

    CRAFT looks for text in the picture with its long side at `reading_side`, if it is longer.
    Words up to `word_gap` heights apart are one line. The recogniser sees the line with
    `line_margin` heights around it; whether it tells capitals from others depends on that.
    AnalysisError `extra_missing` where EasyOCR is not installed.
    """

    def __init__(
        self, folder: Path, languages: Sequence[str], *, reading_side: int, word_gap: float,
        line_margin: float, threads: int,
    ) -> None:  # fmt: skip
        require_easyocr()
        from rushes.models.torch_compat import prepare_torch

        prepare_torch("easyocr")
        import easyocr
        import torch

        torch.set_num_threads(threads)
        self._settings = {
            "canvas_size": reading_side, "width_ths": word_gap, "add_margin": line_margin,
        }  # fmt: skip
        self._model: Any = easyocr.Reader(
            list(languages),
            gpu=False,
            model_storage_directory=str(folder),
            user_network_directory=str(folder),
            download_enabled=False,
            quantize=False,  # slower on most processors, and it warns
            verbose=False,
        )

    def read(self, pixels: Pixels) -> Sequence[TextLine]:
        """The lines of a picture, from top to bottom."""
        height, width = pixels.shape[:2]
        picture, scale_x, scale_y = fitted(pixels)
        with warnings.catch_warnings():  # EasyOCR asks for pinned memory without a GPU too
            warnings.filterwarnings("ignore", ".*pin_memory.*", UserWarning)
            said = self._model.readtext(picture, batch_size=8, **self._settings)
        return [
            TextLine(
                in_frame(tuple((float(x), float(y)) for x, y in box), scale_x, scale_y,
                         width, height),
                text, min(1.0, max(0.0, float(score))),
            )
            for box, text, score in said
        ]  # fmt: skip


def require_easyocr() -> None:
    """AnalysisError `extra_missing` where EasyOCR is not installed."""
    if importlib.util.find_spec("easyocr") is None:
        raise AnalysisError(
            "easyocr is not installed",
            code="extra_missing",
            remedy="install the extra: pip install 'rushes[easyocr]'",
        )
