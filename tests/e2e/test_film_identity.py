"""Films are known by their content: done once, followed when they move, kept while away."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rushes.documents import Document
from tests.e2e.commands import INDEX, STAGES, Finished, NewRushes, Rushes
from tests.e2e.films import SMALL, make_spoken_clip
from tests.media_factory import make_clip

MOVED, CHANGED, SPOKEN = "moved.mp4", "changed.mp4", "speech.mp4"
NEW_PATH = "sub folder/another name.mp4"
EXIT_FILMS_FAILED = 3


@dataclass(frozen=True)
class Look:
    """One `index`: what it said, and what stood after it."""

    said: Finished
    state: dict[str, Any]
    documents: list[Document]

    def asset_id(self, path: str) -> str:
        """The film that lies at `path`."""
        return str(self.state["films"][path]["asset_id"])

    def documents_of(self, asset_id: str) -> set[str]:
        """The ids of a film's documents."""
        return {each.doc_id for each in self.documents if each.asset_id == asset_id}


@dataclass(frozen=True)
class Story:
    """The looks, in their order, and a search while the root was away."""

    first: Look
    again: Finished
    edited: Look
    away: Look
    search_while_away: Finished
    back: Look


@pytest.fixture(scope="module")
def story(folder: Path, new_rushes: NewRushes) -> Story:
    """Index; again; with one film moved and one changed; with the root away; with it back."""
    films = folder / "films"
    films.mkdir()
    make_clip(films / MOVED, cuts=[30], size=SMALL)
    make_clip(films / CHANGED, frames=40, size=SMALL)
    make_spoken_clip(films / SPOKEN)
    rushes = new_rushes()
    first = _look(rushes, films)
    again = rushes(*INDEX, films)
    (films / NEW_PATH).parent.mkdir()
    (films / MOVED).rename(films / NEW_PATH)
    make_clip(films / CHANGED, frames=50, cuts=[20], size=SMALL)
    edited = _look(rushes, films)
    elsewhere = films.rename(folder / "unplugged")
    away = _look(rushes, films, exit_code=EXIT_FILMS_FAILED)
    search_while_away = rushes("search", "--json", "amiable")
    elsewhere.rename(films)
    back = _look(rushes, films)
    return Story(first, again, edited, away, search_while_away, back)


def _look(rushes: Rushes, films: Path, exit_code: int = 0) -> Look:
    said, state = rushes.index(films, exit_code=exit_code)
    return Look(said, state, rushes.documents())


def test_a_second_index_does_nothing_and_says_so(story: Story) -> None:
    assert story.first.said.json["analysed"] == 3
    assert "nothing to do: 3 films stand as they are" in story.again.stderr


def test_a_moved_film_keeps_its_id_and_its_results(story: Story) -> None:
    asset_id = story.first.asset_id(MOVED)
    assert story.edited.asset_id(NEW_PATH) == asset_id
    assert MOVED not in story.edited.state["films"]
    (moved,) = story.edited.said.json["scans"][0]["moved"]
    assert moved == {"asset_id": asset_id, "old_path": MOVED, "new_path": NEW_PATH}
    assert _results(story.edited, NEW_PATH) == _results(story.first, MOVED)


def test_a_moved_film_costs_no_model_call(story: Story) -> None:
    asset_id = story.first.asset_id(MOVED)
    assert story.edited.documents_of(asset_id) == story.first.documents_of(asset_id)
    assert _runs(story.edited, "runs", NEW_PATH) == _runs(story.first, "runs", MOVED)
    assert story.edited.said.json["analysed"] == 1


def test_a_changed_film_is_the_same_film_in_its_next_version(story: Story) -> None:
    before, after = (look.state["films"][CHANGED] for look in (story.first, story.edited))
    assert after["asset_id"] == before["asset_id"]
    assert (before["content_version"], after["content_version"]) == (1, 2)


def test_a_changed_film_is_analysed_again_and_its_old_runs_are_kept(story: Story) -> None:
    old, now = (_runs(look, "runs", CHANGED) for look in (story.first, story.edited))
    assert old < now
    chosen = _runs(story.edited, "selected", CHANGED)
    assert chosen == now - old
    assert len(chosen) == len(STAGES)
    assert _results(story.edited, CHANGED) > _results(story.first, CHANGED)


def test_nothing_is_deleted_while_the_root_is_away(story: Story) -> None:
    assert story.away.said.codes == {"films": "library_offline"}
    assert story.away.state == story.edited.state


def test_search_answers_while_the_root_is_away_and_says_so(story: Story) -> None:
    hits = story.search_while_away.json["hits"]
    assert {(hit["path"], hit["library_status"]) for hit in hits} == {(SPOKEN, "offline")}


def test_the_root_comes_back_and_nothing_is_left_to_do(story: Story) -> None:
    assert story.back.said.json["analysed"] == 0
    assert story.back.said.json["scans"][0]["status"] == "online"
    assert story.back.state == story.edited.state


def _runs(look: Look, kind: str, path: str) -> set[str]:
    return {row["run_id"] for row in look.state[kind] if row["path"] == path}


def _results(look: Look, path: str) -> set[str]:
    """The film's artifacts, without the path under which they are shown."""
    return {
        repr({name: value for name, value in row.items() if name != "path"})
        for row in look.state["artifacts"]
        if row["path"] == path
    }
