"""An open index goes forward only, whatever it goes on from."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import fields
from pathlib import Path
from typing import Any

from generation_checks import opened
from index_making import BY_HAND, SPACE, add_vectors, assert_holds_what_stands

from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.live.base import Base
from rushes.vectors.live.live_index import LiveIndex
from rushes.vectors.rebuilding import rebuild
from tests.integration.indexed_films import IndexedFilms


class _Interrupted(Base):
    """A generation with something that happens once, when changes are first applied to it."""

    @classmethod
    def of(cls, base: Base, meanwhile: Callable[[], object]) -> _Interrupted:
        made = cls(**{each.name: getattr(base, each.name) for each in fields(base)})
        object.__setattr__(made, "meanwhile", [meanwhile])
        return made

    def positions(self, embedding_ids: Collection[str]) -> Any:
        waiting: list[Callable[[], object]] = self.meanwhile  # type: ignore[attr-defined]
        if waiting:
            waiting.pop()()
        return super().positions(embedding_ids)


def test_no_search_goes_back_in_time_when_a_generation_is_swapped_in(
    films: IndexedFilms, tmp_path: Path
) -> None:
    add_vectors(films, 5)
    folder = SpaceFolder(tmp_path, SPACE)
    rebuild(films.engine, folder, BY_HAND, reason="test")
    add_vectors(films, 3)
    live = LiveIndex(films.engine, SPACE, lambda: None)
    seen: list[int] = []

    def somebody_writes_and_searches() -> None:
        add_vectors(films, 2)
        seen.append(live.caught_up().applied_seq)

    view = live.begin_with(_Interrupted.of(opened(folder), somebody_writes_and_searches))
    assert view.base is not None
    assert live.view is view
    assert seen == [view.applied_seq]
    assert_holds_what_stands(view, films.engine)


def test_who_searches_finds_what_was_committed_before(films: IndexedFilms) -> None:
    live = LiveIndex(films.engine, SPACE, lambda: None)
    for count in (3, 4):
        add_vectors(films, count)
        before = live.view
        with live.searching() as view:
            assert_holds_what_stands(view, films.engine)
        with live.searching(before) as view:
            assert view is before
