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

_WORD_GAP = 1.0
"""Heights of a line between two words that still belong together; its default splits captions."""


class EasyReader:
    """Reads with the weights that lie in `folder`; nothing is fetched.

    AnalysisError `extra_missing` where EasyOCR is not installed.
    """

    def __init__(
        self, folder: Path, languages: Sequence[str], *, reading_side: int, threads: int
    ) -> None:
        require_easyocr()
        from rushes.models.torch_compat import prepare_torch

        prepare_torch("easyocr")
        import easyocr
        import torch

        torch.set_num_threads(threads)
        self._canvas = reading_side
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
            said = self._model.readtext(
                picture, canvas_size=self._canvas, batch_size=8, width_ths=_WORD_GAP
            )
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
