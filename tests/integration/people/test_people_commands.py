"""The command `rushes people`, in this process, on a database of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from people_making import LIBRARY, add_run, scene
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from orchestration.cli.app import app
from orchestration.cli.output import EXIT_USAGE
from rushes.library.repository import get_library
from rushes.people.recognition import RECOGNITION_SETTING
from rushes.pipeline.startup import close_context
from rushes.settings import get_settings

ANN, BOB = 1, 2


@pytest.fixture(autouse=True)
def people(
    films_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, str]]:
    """Ann in both films, with a gap in the first, and Bob in the second."""
    monkeypatch.setenv("RUSHES_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", films_engine.url.render_as_string(hide_password=False))
    with films_engine.begin() as connection:
        (ann,) = add_run(connection, "one", scene(ANN, 0, 3) + scene(ANN, 6, 7)).founded
        (bob,) = add_run(connection, "two", scene(ANN, 1, 2) + scene(BOB, 5, 5)).founded
    get_settings.cache_clear()
    yield ann, bob
    close_context(get_settings())
    get_settings.cache_clear()


def rushes_people(*arguments: str, answer: str | None = None) -> Result:
    """`rushes people ARGUMENTS`."""
    return CliRunner().invoke(app, ["people", *arguments], input=answer)


def said(*arguments: str) -> Any:
    """The one JSON document that it prints."""
    result = rushes_people(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_list_has_exactly_people_names_and_occurrences(people: tuple[str, str]) -> None:
    ann, bob = people
    said("name", bob, "Bob")

    def seen(film: str, start: int, end: int) -> dict[str, Any]:
        return {"asset_id": film, "path": f"{film}.mp4", "start_ms": start, "end_ms": end}

    assert said("list", "--library", LIBRARY) == {
        "people": [
            {"cluster_id": bob, "name": "Bob", "occurrences": [seen("two", 5000, 6000)]},
            {
                "cluster_id": ann,
                "name": None,
                "occurrences": [
                    seen("one", 0, 4000),
                    seen("one", 6000, 8000),
                    seen("two", 1000, 3000),
                ],
            },
        ]
    }


def test_what_is_said_shows_in_lists_and_in_the_log(people: tuple[str, str]) -> None:
    ann, bob = people
    said("name", ann, "Ann")
    said("merge", "Ann", bob)
    assert said("show", "ann")["clusters"] == [ann, bob]
    new = said("split", "Ann", "--at", "two.mp4@5.5")["person"]["cluster_id"]
    assert said("show", new)["faces"] == 1
    said("hide", new)
    assert [each["name"] for each in said("list")["people"]] == ["Ann"]
    assert len(said("list", "--hidden")["people"]) == 2
    said("undo")
    said("cannot-link", new, "Ann")
    entries = said("log", "--library", LIBRARY)["entries"]
    assert [each["action"] for each in entries] == [
        *("name", "merge", "split", "hide", "undo", "cannot_link")
    ]
    assert entries[3]["undone_by"] == entries[4]["entry_id"]


@pytest.mark.parametrize(
    "arguments", [["list"], ["list", "--hidden"], ["show", "Ann"], ["log"], ["unhide", "Ann"]]
)
def test_people_read_tables(people: tuple[str, str], arguments: list[str]) -> None:
    said("name", people[0], "Ann")
    result = rushes_people(*arguments)
    assert result.exit_code == 0, result.output
    assert "Ann" in result.output


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["show", "Zoe"], "person_not_found"),
        (["list", "--library", "no"], "library_not_found"),
        (["undo", "99"], "entry_not_found"),
        (["recognition", "no", "off"], "library_not_found"),
        (["recluster", "no"], "library_not_found"),
    ],
)
def test_bad_input_has_a_code(arguments: list[str], code: str) -> None:
    result = rushes_people(*arguments, "--json")
    assert result.exit_code == EXIT_USAGE
    assert json.loads(result.stdout)["error"]["code"] == code


@pytest.mark.parametrize("place", ["two.mp4", "two.mp4@", "two.mp4@noon", "two.mp4@0:05-0:01"])
def test_a_place_that_is_none_is_refused(people: tuple[str, str], place: str) -> None:
    result = rushes_people("split", people[0], "--at", place, "--json")
    assert json.loads(result.stdout)["error"]["code"] == "invalid_time"


def test_recognition_off_says_that_what_was_found_stays(films_engine: Engine) -> None:
    result = rushes_people("recognition", LIBRARY, "off")
    assert "until each is erased" in result.output
    with films_engine.connect() as connection:
        assert get_library(connection, LIBRARY).settings == {RECOGNITION_SETTING: False}
    assert len(said("list")["people"]) == 2
    refused = rushes_people("recluster", LIBRARY, "--json")
    assert json.loads(refused.stdout)["error"]["code"] == "recognition_off"
    said("recognition", LIBRARY, "on")
    assert said("recluster", LIBRARY)["kept"] == 2


def test_an_erasure_asks_first(people: tuple[str, str]) -> None:
    assert rushes_people("erase", people[0], answer="n\n").exit_code != 0
    assert len(said("list")["people"]) == 2
    result = rushes_people("erase", people[0], answer="y\n")
    assert "backups" in result.output
    assert [each["cluster_id"] for each in said("list")["people"]] == [people[1]]
    assert said("erase", people[1], "--yes")["faces"] == 1
    assert rushes_people("list").exit_code == 0
