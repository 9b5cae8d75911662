"""Named statements: every .sql file beside the module that runs it, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import TextClause, text


@cache
def load_sql(folder: Path, name: str) -> TextClause:
    """The statement in `folder/sql/name.sql`, with its `:parameters` to be bound."""
    return text((folder / "sql" / f"{name}.sql").read_text())
