"""Many small films by a few statements: scenes with a sentence each, written as runs are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from rushes.db.sql import load_sql

_HERE = Path(__file__).parent
LIBRARY = "archive"


def add_library(engine: Engine, slug: str = LIBRARY) -> None:
    """A library without films."""
    with engine.begin() as connection:
        connection.execute(
            text("insert into libraries (slug, root) values (:slug, '/media/' || :slug)"),
            {"slug": slug},
        )


def add_films(engine: Engine, asset_ids: Sequence[str], scenes: int = 2) -> None:
    """Films with so many scenes of 4 s, in each of which the film's own word is said."""
    with engine.begin() as connection:
        values = {"asset_ids": list(asset_ids), "library": LIBRARY}
        connection.execute(load_sql(_HERE, "add_films"), values)
        analyse(connection, asset_ids, "first", scenes)


def analyse(
    connection: Connection, asset_ids: Sequence[str], version: str, scenes: int = 2
) -> None:
    """New runs of scenes and speech: `version` is a word of every sentence."""
    values = {"asset_ids": list(asset_ids), "version": version, "scenes": scenes}
    for name in ("add_runs", "add_scenes", "add_speech", "project_scenes", "project_speech"):
        connection.execute(load_sql(_HERE, name), values)


def own_word(asset_id: str) -> str:
    """A word that is said in this film only."""
    return f"word{asset_id}"
