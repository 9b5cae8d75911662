"""Which models of the catalogue a stage's row of the profile table asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rushes.models.catalogue import Catalogue


def wanted_models(catalogue: Catalogue, options: Mapping[str, Any]) -> list[str]:
    """The first choice of every setting that names models; own files aside."""
    known = {entry.name for entry in catalogue.entries()}
    wanted = []
    for value in options.values():
        names = value if isinstance(value, list) else [value]
        chosen = next((name for name in names if isinstance(name, str) and name in known), None)
        if chosen is not None and chosen not in wanted:
            wanted.append(chosen)
    return wanted
