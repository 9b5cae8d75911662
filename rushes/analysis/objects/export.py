"""Makes ONNX of ultralytics' own weights, once, so that detecting needs no torch."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from pathlib import Path

from rushes.analysis.objects.detector import unusable
from rushes.analysis.objects.ultralytics_detector import load_yolo


def export_onnx(
    pt: Path, onnx: Path, *, image_size: int = 0, any_size: bool = True, threads: int = 1
) -> Path:
    """Writes the .pt weights as an ONNX file with class names in it, and returns its path.

    `any_size` leaves batch, height and width open: wide frames are then padded less and detected
    together. `image_size` is the side in pixels; 0: the model's own. The file appears whole or
    not at all. AnalysisError `extra_missing`, `model_unsupported`; OSError where the disk refuses.
    """
    onnx.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=onnx.parent) as folder:
        copy = Path(folder) / pt.name  # ultralytics writes beside what it reads
        shutil.copyfile(pt, copy)
        model = load_yolo(copy, threads)
        size = {"imgsz": image_size} if image_size else {}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # torch speaks of its exporters to developers
                made = model.export(
                    format="onnx", dynamic=any_size, simplify=False, verbose=False, **size
                )
        except Exception as error:  # torch and ultralytics raise whatever they like
            raise unusable(pt.name, f"it cannot be exported: {error}") from error
        Path(made).replace(onnx)
    return onnx
