"""Extras: backends that the base installation leaves out."""

from __future__ import annotations

import importlib.util

from rushes.errors import AnalysisError


def remedy_of_extra(extra: str) -> str:
    """How an extra of pyproject.toml is installed."""
    return (
        f"install the extra: RUSHES_EXTRAS={extra} scripts/rushes models list, "
        f"or pip install 'rushes[{extra}]'"
    )


def require_extra(extra: str, *packages: str) -> None:
    """AnalysisError `extra_missing` where one of the extra's packages is not installed.

    Imports none of them.
    """
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise AnalysisError(
                f"{package} is not installed", code="extra_missing", remedy=remedy_of_extra(extra)
            )
