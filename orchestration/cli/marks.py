"""Marks of origin: what is imported or said by people must not pass for what a model found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestration.cli.output import print_table
from rushes.artifacts.vocabulary import Origin


def print_marked_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], origins: Sequence[str]
) -> None:
    """A table whose rows come from `origins`: a column `origin` where not all are analysed."""
    if all(origin == Origin.ANALYSED for origin in origins):
        print_table(title, columns, rows)
        return
    marked = [(*row, origin) for row, origin in zip(rows, origins, strict=True)]
    print_table(title, (*columns, "origin"), marked)
