"""What has to be so before torchvision, ultralytics or EasyOCR are imported."""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from rushes.models.extras import require_extra

_OPERATORS: Final = "torchvision"
_NMS_SCHEMA: Final = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
# Ultralytics looks for the network at its import, installs packages that it misses, fetches weights
# and reports its use; EasyOCR makes folders in the home directory.
_ENVIRONMENT: Final = {
    "YOLO_OFFLINE": "1",
    "YOLO_AUTOINSTALL": "false",
    "YOLO_VERBOSE": "false",
    "ULTRALYTICS_SAFE_LOAD": "1",
}
_FOLDER_VARIABLES: Final = ("YOLO_CONFIG_DIR", "EASYOCR_MODULE_PATH")

_declared: list[Any] = []
"""Operators live as long as the library object that declared them."""


@lru_cache(maxsize=1)
def prepare_torch(extra: str = "ultralytics") -> None:
    """Import torch so that torchvision, ultralytics and EasyOCR can be imported after it.

    Nothing of them reaches for the network. Where torchvision's compiled operators do not load (a
    CPU build of torch beside the registry's torchvision), `nms` is declared in plain torch.

    AnalysisError `extra_missing` names the extra to install where there is no torch.
    """
    _be_quiet()
    require_extra(extra, "torch", "torchvision")
    if _OPERATORS in sys.modules:  # imported by somebody who declared what its import needs
        _replace_nms()
    elif not _load_compiled_operators():
        _declare_nms()
        _replace_nms()


def _be_quiet() -> None:
    os.environ.update(_ENVIRONMENT)
    # They write settings at their import: not into the home, where a person's own may lie.
    folder = tempfile.mkdtemp(prefix="rushes-torch-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for variable in _FOLDER_VARIABLES:
        os.environ.setdefault(variable, folder)


def _load_compiled_operators() -> bool:
    """Whether torchvision's own operators are there; loaded as it does, so that it finds them."""
    import torch

    spec = importlib.util.find_spec(_OPERATORS)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for library in sorted(Path(folder).glob("_C.*")):
            try:
                torch.ops.load_library(str(library))
            except (ImportError, OSError):
                continue
            return hasattr(torch.ops.torchvision, "nms")
    return False


def _declare_nms() -> None:
    import torch

    library = torch.library.Library(_OPERATORS, "FRAGMENT")
    for name in ("nms", "qnms"):  # torchvision's import asks for both
        library.define(f"{name}{_NMS_SCHEMA}")
    for device in ("CPU", "CUDA"):
        library.impl("nms", plain_nms, device)
    _declared.append(library)


def _replace_nms() -> None:
    """Their own refuses wherever any compiled operator is missing."""
    import torchvision

    if not torchvision.extension._has_ops():
        torchvision.ops.nms = torchvision.ops.boxes.nms = plain_nms


def plain_nms(dets: Any, scores: Any, iou_threshold: float) -> Any:
    """Greedy non-maximum suppression as torchvision's `nms` does it.

    `dets` is a tensor (n, 4) of x0, y0, x1, y1, `scores` (n,). Returns the indices of the boxes
    that stay, the best first; a box goes where its overlap with a better one is above
    `iou_threshold`.
    """
    import torch

    x0, y0, x1, y1 = dets.unbind(1)
    areas = (x1 - x0) * (y1 - y0)
    order = scores.argsort(descending=True, stable=True)
    kept = []
    while order.numel():
        best, order = order[0], order[1:]
        kept.append(best)
        width = torch.minimum(x1[best], x1[order]) - torch.maximum(x0[best], x0[order])
        height = torch.minimum(y1[best], y1[order]) - torch.maximum(y0[best], y0[order])
        shared = width.clamp(min=0) * height.clamp(min=0)
        order = order[shared / (areas[best] + areas[order] - shared) <= iou_threshold]
    return torch.stack(kept) if kept else dets.new_empty(0, dtype=torch.long)
