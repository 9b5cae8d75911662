"""torchvision in an environment where its compiled operators do not load."""

from __future__ import annotations

from typing import Any

import pytest

_BOXES = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def torchvision_library(name: str) -> Any:
    """A module of torchvision; its operators are declared, which is all that its import needs."""
    torch = pytest.importorskip("torch")
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        library = torch.library.Library("torchvision", "FRAGMENT")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}{_BOXES}")
        _KEPT.append(library)
    return pytest.importorskip(name)


_KEPT: list[Any] = []
