"""Answers about the server itself."""

from __future__ import annotations

from rushes.api.answers.base import Answer


class Health(Answer):
    """The server answers."""

    status: str = "ok"


class Readiness(Answer):
    """Whether requests can be served, and what is missing."""

    ready: bool
    database: str
    schema_revision: str | None
