"""A pipeline's runner that runs nothing: it says what a test wants it to say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from rushes.errors import RushesError
from rushes.pipeline.runner import VectorAction, VectorRunInFlightError


class IdleRunner:
    """At work on `busy`; `forgotten` are the films that it was told to forget.

    `asked`: (space, action, reason) of the vector indexes that it was to work on, unless it raises
    `refusal`.
    """

    def __init__(self, busy: Iterable[str] = ()) -> None:
        self.busy = set(busy)
        self.forgotten: list[str] = []
        self.asked: list[tuple[str, VectorAction, str]] = []
        self.refusal: RushesError | None = None
        self.before_forgetting: Callable[[], None] = lambda: None

    def films_in_flight(self, asset_ids: Collection[str]) -> set[str]:
        return self.busy.intersection(asset_ids)

    def forget_films(self, asset_ids: Collection[str]) -> None:
        self.before_forgetting()
        self.forgotten += asset_ids

    def rebuild_vectors(self, space_key: str, action: VectorAction, reason: str) -> str:
        if self.refusal is not None:
            raise self.refusal
        if space_key in self.busy:
            raise VectorRunInFlightError(f"a run is at work on {space_key}")
        self.asked.append((space_key, action, reason))
        return f"run {len(self.asked)}"
