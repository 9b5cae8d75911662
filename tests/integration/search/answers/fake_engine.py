"""A search engine that answers what a test says, and notes what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy import Engine, insert, update

from rushes.db.search_tables import (
    index_generation,
    library_model_policy,
    search_ledger_serial,
    search_revs,
)
from rushes.search.quickwit.answers import SearchAnswer
from rushes.search.quickwit.client import QuickwitClient

INDEX = "rushes-scenes-fake-1"


class FakeEngine:
    """`answer` makes each answer, or raises."""

    def __init__(self, answer: Callable[[], SearchAnswer]) -> None:
        self._answer = answer
        self.asked: list[dict[str, Any]] = []

    def search(self, indexes: Sequence[str], **asked: Any) -> SearchAnswer:
        self.asked.append({"indexes": list(indexes), **asked})
        return self._answer()

    @property
    def client(self) -> QuickwitClient:
        """Itself, as what it stands for."""
        return cast(QuickwitClient, self)


def failing(error: Exception) -> FakeEngine:
    """It never answers."""

    def answer() -> SearchAnswer:
        raise error

    return FakeEngine(answer)


def answering(*hits: dict[str, Any]) -> FakeEngine:
    """It always has these hits."""
    return FakeEngine(lambda: SearchAnswer(len(hits), list(hits), {}, [], 0.0))


def hit(asset_id: str, rev: int, scene_id: str | None = None) -> dict[str, Any]:
    """Of the first second of a film."""
    return {
        "doc_id": scene_id or asset_id,
        "asset_id": asset_id,
        "start_ms": 0,
        "end_ms": 1000,
        "rev": rev,
        **({"scene_id": scene_id, "scene_index": 0} if scene_id else {}),
    }


def use_index(engine: Engine, name: str | None = INDEX) -> None:
    """All libraries are searched in it; None: in none."""
    with engine.begin() as connection:
        if name is not None:
            values = {"name": name, "config": {}, "config_hash": "", "state": "active"}
            connection.execute(insert(index_generation).values(**values))
        connection.execute(update(library_model_policy).values(active_index_name=name))


def keep_revs(engine: Engine, serial: int, *revs: dict[str, Any]) -> None:
    """The ledger at that serial; of each rev: rev, asset_id, state, live_from, live_to."""
    with engine.begin() as connection:
        connection.execute(
            update(search_ledger_serial).values(serial=serial, max_rev=max(r["rev"] for r in revs))
        )
        for each in revs:
            connection.execute(insert(search_revs).values(index_name=INDEX, doc_count=1, **each))
