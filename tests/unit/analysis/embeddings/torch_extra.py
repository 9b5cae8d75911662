"""torchvision, also in an environment where its compiled operators do not load."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from rushes.models.torch_compat import prepare_torch


def torchvision_library(name: str) -> Any:
    """A module of torchvision."""
    prepare_torch()
    return import_module(name)
