"""A full disk fails the film that needed room, with a code, and nothing else."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.commands import STAGES, Finished, NewRushes
from tests.e2e.films import SMALL
from tests.media_factory import make_clip

SMALL_FILM, LARGE_FILM, NO_FILM = "a small.mp4", "b large.mp4", "c text.mp4"
EXIT_FILMS_FAILED = 3
_LITTLE_BYTES = 256 * 1024
_ENOUGH_BYTES = 64 * 2**20


class SmallDisk:
    """A file system in memory whose size can be changed. Only root can make one."""

    def __init__(self, folder: Path, size_bytes: int) -> None:
        self._folder = folder
        folder.mkdir()
        self._call("mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", folder)

    def resize(self, size_bytes: int) -> None:
        """Give it more or less room; never less than what is used."""
        self._call("mount", "-o", f"remount,size={size_bytes}", self._folder)

    def fill(self) -> None:
        """Leave it as large as what lies in it."""
        state = os.statvfs(self._folder)
        self.resize((state.f_blocks - state.f_bfree) * state.f_frsize)

    def remove(self) -> None:
        """Take it away."""
        self._call("umount", "--lazy", self._folder)

    @staticmethod
    def _call(*command: str | Path) -> None:
        subprocess.run(command, check=True, capture_output=True)


@dataclass(frozen=True)
class Story:
    """Three looks: with no room in the cache, then none for documents, then enough."""

    cache_full: tuple[Finished, dict[str, Any]]
    documents_full: tuple[Finished, dict[str, Any]]
    enough: tuple[Finished, dict[str, Any]]
    drift: Finished


@pytest.fixture(scope="module")
def story(folder: Path, new_rushes: NewRushes) -> Iterator[Story]:
    """Index three times as the disks under cache and documents get full and get room."""
    films = folder / "films"
    films.mkdir()
    make_clip(films / SMALL_FILM, frames=25, size=SMALL)
    make_clip(films / LARGE_FILM, frames=25 * 40, cuts=[300], size=SMALL)
    (films / NO_FILM).write_text("This is not a film.\n")
    rushes = new_rushes(RUSHES_MIN_FREE_BYTES="0")
    with ExitStack() as stack:
        try:
            cache = SmallDisk(rushes.data_dir / "cache", _LITTLE_BYTES)
            stack.callback(cache.remove)
            documents = SmallDisk(rushes.data_dir / "documents", _ENOUGH_BYTES)
            stack.callback(documents.remove)
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"no small disk can be mounted here: {error}")
        cache_full = rushes.index(films, exit_code=EXIT_FILMS_FAILED)
        cache.resize(_ENOUGH_BYTES)
        documents.fill()
        documents_full = rushes.index(films, exit_code=EXIT_FILMS_FAILED)
        documents.resize(_ENOUGH_BYTES)
        enough = rushes.index(films, exit_code=EXIT_FILMS_FAILED)
        drift = rushes("documents", "verify", "--deep")
        yield Story(cache_full, documents_full, enough, drift)


def test_a_full_cache_fails_the_film_that_needed_room(story: Story) -> None:
    said, state = story.cache_full
    assert said.codes == {LARGE_FILM: "disk_full", NO_FILM: "unsupported"}
    assert _failed(state) == {(LARGE_FILM, "media_pass", "disk_full")}


def test_its_neighbour_is_done(story: Story) -> None:
    _, state = story.cache_full
    assert _completed(state, SMALL_FILM) == set(STAGES)


def test_a_full_disk_under_the_documents_fails_the_film_too(story: Story) -> None:
    said, state = story.documents_full
    assert said.codes == {LARGE_FILM: "disk_full", NO_FILM: "unsupported"}
    assert _failed(state) == {
        (LARGE_FILM, stage, "disk_full") for stage in STAGES if stage != "source_video"
    }
    assert _completed(state, LARGE_FILM) == {"source_video", "media_pass"}


def test_what_was_done_stays_as_it_is(story: Story) -> None:
    (_, before), (_, after) = story.cache_full, story.documents_full
    assert _runs(before, SMALL_FILM) == _runs(after, SMALL_FILM)


def test_another_try_leaves_alone_what_it_cannot_mend(story: Story) -> None:
    """A chunk is tried again for its full disk; its bad film is not."""
    for _, state in (story.cache_full, story.documents_full, story.enough):
        assert len(_runs(state, NO_FILM)) == 1


def test_with_space_the_next_index_completes(story: Story) -> None:
    said, state = story.enough
    assert said.codes == {NO_FILM: "unsupported"}
    assert _completed(state, LARGE_FILM) == set(STAGES)
    for stage in STAGES:
        statuses = state["partitions"][stage]
        assert (statuses[SMALL_FILM], statuses[LARGE_FILM]) == ("MATERIALIZED", "MATERIALIZED")
    assert story.drift.exit_code == 0


def _failed(state: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (row["path"], row["stage"], row["error_code"])
        for row in state["runs"]
        if row["status"] == "failed" and row["path"] != NO_FILM
    }


def _completed(state: dict[str, Any], path: str) -> set[str]:
    return {row["stage"] for row in state["selected"] if row["path"] == path}


def _runs(state: dict[str, Any], path: str) -> list[dict[str, Any]]:
    return [row for row in state["runs"] if row["path"] == path]
