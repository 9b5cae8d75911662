"""All tables of Rushes: every module of them is imported here, for who compares or makes them."""

from __future__ import annotations

from rushes.db import (
    analysis_tables,
    answer_tables,
    people_tables,
    search_tables,
    tables,
    user_tables,
    vector_tables,
)

metadata = tables.metadata

__all__ = [
    "analysis_tables",
    "answer_tables",
    "metadata",
    "people_tables",
    "search_tables",
    "tables",
    "user_tables",
    "vector_tables",
]
