"""What a library lays over the profile table: its own backends, weights and settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from rushes.analysis.profiles import LIBRARY_SETTING, Profiles, read_table
from rushes.audit import COMMAND_LINE, record
from rushes.library.repository import get_library, update_library


def library_overrides(engine: Engine, slug: str) -> Mapping[str, Any]:
    """The library's sections; empty where it has none. NotFoundError `library_not_found`."""
    with engine.connect() as connection:
        overrides: Mapping[str, Any] = get_library(connection, slug).settings.get(
            LIBRARY_SETTING, {}
        )
    return overrides


def set_overrides(engine: Engine, slug: str, file: Path, profiles: Profiles) -> None:
    """Take the sections of a TOML file for the library, in place of those it had.

    ConfigurationError `profiles_file` names the section or key that the table does not know.
    """
    overrides = read_table(file)
    profiles.check_library(overrides, file)
    _write(engine, slug, overrides)


def clear_overrides(engine: Engine, slug: str) -> None:
    """The library follows the profile table again."""
    _write(engine, slug, {})


def _write(engine: Engine, slug: str, overrides: Mapping[str, Any]) -> None:
    with engine.begin() as connection:
        settings = dict(get_library(connection, slug).settings)
        settings.pop(LIBRARY_SETTING, None)
        if overrides:
            settings[LIBRARY_SETTING] = overrides
        update_library(connection, slug, settings=settings)
        record(connection, COMMAND_LINE, "library.profiles", slug, {"profiles": dict(overrides)})
