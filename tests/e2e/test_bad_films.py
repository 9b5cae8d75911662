"""A folder of good, odd and broken files: each one is done, or says why not."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.commands import STAGES, Finished, NewRushes
from tests.e2e.films import SMALL, make_bad_films, make_unusual_films
from tests.media_factory import make_clip

EXIT_FILMS_FAILED = 3
REPLACED = "cut short.mp4"


@dataclass(frozen=True)
class Story:
    """What three looks at the folder said, and what stood after each."""

    bad: dict[str, str]
    good: list[str]
    first: Finished
    second: Finished
    third: Finished
    states: list[dict[str, Any]]


@pytest.fixture(scope="module")
def story(folder: Path, new_rushes: NewRushes) -> Story:
    """Index, index again, and once more with one bad file replaced by a good one."""
    films = folder / "films"
    films.mkdir()
    good, bad = make_unusual_films(films), make_bad_films(films)
    make_clip(films / "locked.mp4", frames=15, size=SMALL)
    (films / "locked.mp4").chmod(0)
    if os.access(films / "locked.mp4", os.R_OK):  # root reads everything
        good.append("locked.mp4")
    else:
        bad["locked.mp4"] = "unreadable"
    rushes = new_rushes()
    first, after_first = rushes.index(films, exit_code=EXIT_FILMS_FAILED)
    second, after_second = rushes.index(films, exit_code=EXIT_FILMS_FAILED)
    shutil.copy(films / "good.mp4", films / REPLACED)
    third, after_third = rushes.index(films, exit_code=EXIT_FILMS_FAILED)
    return Story(bad, good, first, second, third, [after_first, after_second, after_third])


def test_every_good_film_is_done(story: Story) -> None:
    done = {
        film["path"]
        for film in story.first.json["films"]
        if {stage["status"] for stage in film["stages"].values()} == {"completed"}
        and set(film["stages"]) == set(STAGES)
    }
    assert done == set(story.good)


def test_every_bad_file_has_its_reason(story: Story) -> None:
    assert story.first.codes == story.bad
    for problem in story.first.json["problems"]:
        assert problem["reason"]


def test_dagster_shows_good_films_as_materialized_and_no_others(story: Story) -> None:
    partitions = story.states[0]["partitions"]
    readable = {*story.good, "cut short.mp4"}  # its container is whole, its pictures are not
    assert _with(partitions["source_video"], "MATERIALIZED") == readable
    assert _with(partitions["source_video"], "FAILED") == {
        "no index.mp4",
        "text.mp4",
        "sound only.mp4",
    }
    assert "cut short.mp4" in _with(partitions["media_pass"], "FAILED")
    for stage in ("media_pass", "scenes", "transcript"):
        assert _with(partitions[stage], "MATERIALIZED") == set(story.good)


def _with(partitions: dict[str, str], status: str) -> set[str]:
    return {path for path, held in partitions.items() if held == status}


def test_what_only_a_new_file_could_mend_is_not_tried_again(story: Story) -> None:
    assert story.second.json["analysed"] == 0
    assert story.states[1]["runs"] == story.states[0]["runs"]
    assert {row["attempt"] for row in story.states[0]["runs"]} == {1}


def test_the_reasons_are_listed_again(story: Story) -> None:
    assert story.second.codes == story.bad


def test_a_film_without_sound_has_an_empty_transcript(story: Story) -> None:
    (film,) = (each for each in story.first.json["films"] if each["path"] == "no sound.mp4")
    assert film["segments"] == 0


def test_a_film_of_one_frame_is_one_scene(story: Story) -> None:
    (film,) = (each for each in story.first.json["films"] if each["path"] == "one frame.mp4")
    assert film["scenes"] == 1


def test_a_bad_file_that_was_replaced_is_analysed(story: Story) -> None:
    assert story.third.codes == {path: code for path, code in story.bad.items() if path != REPLACED}
    assert story.third.json["analysed"] == 1
    completed = {
        row["stage"]
        for row in story.states[2]["selected"]
        if row["path"] == REPLACED and row["status"] == "completed"
    }
    assert completed == set(STAGES)
    for stage in STAGES:
        assert story.states[2]["partitions"][stage][REPLACED] == "MATERIALIZED"
