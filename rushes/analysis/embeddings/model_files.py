"""Files of chosen weights, by the end of their name or beside a person's own file."""

from __future__ import annotations

from pathlib import Path

from rushes.models.choice import ChosenWeights


def model_file(chosen: ChosenWeights, name: str) -> Path:
    """The file `name` in the weights' folder, else their first whose name ends so.

    AnalysisError `model_unavailable` where there is none.
    """
    beside = chosen.path / name
    return beside if beside.is_file() else chosen.file(name)
