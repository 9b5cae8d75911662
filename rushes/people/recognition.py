"""Whether a library's faces are told apart at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, update

from rushes.audit import COMMAND_LINE, record
from rushes.db.tables import libraries
from rushes.library.repository import get_library

RECOGNITION_SETTING = "face_recognition"
"""In `libraries.settings`: false where no face of the library may become a vector."""


def is_recognition_on(settings: Mapping[str, Any]) -> bool:
    """What the `settings` of a library say; on where they say nothing."""
    return settings.get(RECOGNITION_SETTING, True) is not False


def set_recognition(connection: Connection, library_slug: str, *, on: bool) -> None:
    """From the next run on. What was recognised stays until it is erased.

    Raises NotFoundError `library_not_found`.
    """
    settings = dict(get_library(connection, library_slug).settings)
    settings[RECOGNITION_SETTING] = on
    connection.execute(
        update(libraries).where(libraries.c.slug == library_slug).values(settings=settings)
    )
    record(connection, COMMAND_LINE, "library.recognition", library_slug, {"on": on})
