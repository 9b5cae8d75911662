"""`rushes vectors status|rebuild|save|verify`, in process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from orchestration.cli.output import EXIT_FILMS_FAILED, EXIT_USAGE
from orchestration.cli.vectors import app
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import IDS
from rushes.vectors.options import IndexOptions
from rushes.vectors.rebuilding import rebuild
from tests.integration.indexed_films import indexed_films
from tests.integration.orchestration.conftest import OpenWorld
from tests.integration.orchestration.worlds import World
from tests.integration.vectors.space_writing import SpaceWriting, random_units


@pytest.fixture(scope="module")
def spaces(
    new_world: OpenWorld, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, list[SpaceWriting]]]:
    """A world with two spaces of fifty vectors, and their files."""
    with (
        new_world(tmp_path_factory.mktemp("world")) as world,
        indexed_films(world.context.engine) as films,
    ):
        writings = [SpaceWriting.of(films) for _ in range(2)]
        for each in writings:
            each.write(random_units(50, 8))
        yield world, writings


def _vectors(*arguments: str, exit_code: int = 0) -> Any:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout)


def _folder(world: World, writing: SpaceWriting) -> SpaceFolder:
    return writing.folder(world.context.settings.vectors_root)


def _make_files(world: World, *writings: SpaceWriting) -> None:
    for each in writings:
        rebuild(world.context.engine, _folder(world, each), IndexOptions(), reason="a test")


def test_what_needs_files_says_so_and_gets_them_as_runs_of_dagster(
    spaces: tuple[World, list[SpaceWriting]],
) -> None:
    world, (first, second) = spaces
    keys = {first.space.key, second.space.key}
    found = _vectors("status")
    assert {each["key"]: each["needs_rebuild"] for each in found["spaces"]} == dict.fromkeys(
        keys, "missing"
    )
    shown = CliRunner().invoke(app, ["status"])
    assert f"{first.space.key} has no files yet" in shown.output
    done = _vectors("rebuild", "--reason", "a test")["runs"]
    assert {each["space"] for each in done} == keys
    for each in done:
        run = world.instance.get_run_by_id(each["run_id"])
        assert run is not None
        assert (run.is_success, run.tags["dagster/partition"]) == (True, each["space"])
    assert all(each["needs_rebuild"] is None for each in _vectors("status")["spaces"])
    assert _vectors("verify")["spaces"][0]["is_good"]


def test_save_takes_in_what_came_in_the_space_that_is_named(
    spaces: tuple[World, list[SpaceWriting]],
) -> None:
    world, (first, second) = spaces
    _make_files(world, first, second)
    before = _folder(world, second).current()
    first.write(random_units(5, 8, seed=3))
    (saved,) = _vectors("save", "--space", first.space.key)["runs"]
    assert (saved["vectors"], saved["generation"]) == (55, _folder(world, first).current())
    assert _folder(world, second).current() == before


def test_verify_names_the_damaged_file_and_a_rebuild_mends_it(
    spaces: tuple[World, list[SpaceWriting]],
) -> None:
    world, (first, second) = spaces
    _make_files(world, first, second)
    name = _folder(world, first).current() or ""
    (_folder(world, first).generation(name) / IDS).write_bytes(b"nothing")
    bad = {
        each["key"]: each["damaged"]
        for each in _vectors("verify", exit_code=EXIT_FILMS_FAILED)["spaces"]
        if not each["is_good"]
    }
    assert list(bad) == [first.space.key]
    assert IDS in bad[first.space.key][name]
    shown = CliRunner().invoke(app, ["verify"])
    assert (shown.exit_code, "rebuild --space" in shown.output) == (EXIT_FILMS_FAILED, True)
    (found,) = [each for each in _vectors("status")["spaces"] if each["key"] == first.space.key]
    assert found["needs_rebuild"] == "damaged"
    _vectors("rebuild", "--space", first.space.key)
    (found,) = [each for each in _vectors("status")["spaces"] if each["key"] == first.space.key]
    assert found["needs_rebuild"] is None


@pytest.mark.parametrize("command", ["rebuild", "save", "verify"])
def test_a_space_that_is_not_there_is_a_wrong_input(
    spaces: tuple[World, list[SpaceWriting]], command: str
) -> None:
    error = _vectors(command, "--space", "text-nothing", exit_code=EXIT_USAGE)["error"]
    assert error["code"] == "space_not_found"
