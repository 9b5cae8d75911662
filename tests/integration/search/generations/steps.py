"""Steps of tests: begin, promote and roll back, and what must hold after each."""

from __future__ import annotations

from typing import Any

from rushes.search.generations.promotion import Takeover, promote, rollback
from rushes.search.generations.shadow import begin_shadow
from tests.integration.search.generations.searched_archive import Archive

BOTH = ("coast", "hills")


def begin(archive: Archive, *libraries: str, **more: Any) -> str:
    """Begin and name a shadow of these libraries, or of all."""
    chosen = list(libraries) or None
    asked = {"reason": "a test", "now": archive.now, **more}
    return begin_shadow(archive.engine, archive.client, chosen, **asked).name


def take_over(archive: Archive, *libraries: str) -> list[Takeover]:
    return promote(
        archive.engine, archive.client, libraries, now=archive.now, patience_seconds=0, actor="ann"
    )


def go_back(archive: Archive, *libraries: str) -> list[Takeover]:
    return rollback(archive.engine, libraries, now=archive.now, patience_seconds=0, actor="ann")


def assert_all_is_found(archive: Archive) -> None:
    for library in BOTH:
        assert archive.found(library) == archive.wanted(library) != []
