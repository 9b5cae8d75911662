"""A pipeline's runner that runs nothing: it says what a test wants it to say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable


class IdleRunner:
    """At work on `busy`; `forgotten` are the films that it was told to forget."""

    def __init__(self, busy: Iterable[str] = ()) -> None:
        self.busy = set(busy)
        self.forgotten: list[str] = []
        self.before_forgetting: Callable[[], None] = lambda: None

    def films_in_flight(self, asset_ids: Collection[str]) -> set[str]:
        return self.busy.intersection(asset_ids)

    def forget_films(self, asset_ids: Collection[str]) -> None:
        self.before_forgetting()
        self.forgotten += asset_ids
