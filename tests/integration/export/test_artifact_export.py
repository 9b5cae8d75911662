"""Every artifact with its provenance, as lines or as a table; by default those that answer."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from typer.testing import CliRunner, Result

from orchestration.cli.app import app
from orchestration.cli.output import EXIT_USAGE
from rushes.artifacts.corrections import CorrectionItem, correct
from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import ModelProfile
from rushes.db.tables import artifacts, asset, libraries
from rushes.export.artifact_export import COLUMNS, ExportFilter, ExportFormat, export_artifacts
from rushes.pipeline.startup import close_context
from rushes.settings import get_settings
from tests.integration.artifacts.artifact_making import SCENE, SEGMENT, add_run, envelope
from tests.integration.export.test_films_restored import REPOSITORY, films


@pytest.fixture
def two(empty: Engine) -> Engine:
    """A film with a fast transcript, a newer one of another profile and a scene; and another."""
    films(empty, "one", "two")
    with empty.begin() as connection:
        newer = add_run(connection, asset_id="one", profile="balanced")
        scenes = add_run(connection, "scenes", asset_id="one")
        rows = [envelope(newer, 0, asset_id="one"), envelope(scenes, 0, SCENE, asset_id="one")]
        REPOSITORY.batch_create(connection, rows)
        at_one = asset.c.asset_id == "one"
        connection.execute(update(asset).where(at_one).values(path='=HYPERLINK("x")'))
    return empty


def lines(engine: Engine, **which: Any) -> list[dict[str, Any]]:
    out = io.BytesIO()
    export_artifacts(engine, out, ExportFormat.JSONL, ExportFilter(**which))
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_has_the_whole_envelope_its_film_and_its_run(two: Engine) -> None:
    found = {each["artifact_id"]: each for each in lines(two, all_runs=True)}
    with two.connect() as connection:
        rows = connection.execute(select(artifacts)).mappings().all()
    assert len(found) == len(rows) == 8
    for row in rows:
        line = found[row["artifact_id"]]
        assert list(line) == list(COLUMNS)
        assert {name: line[name] for name in row if name != "created_at"} == {
            name: row[name] for name in row if name != "created_at"
        }
        assert (line["library"], line["content_hash"]) == ("films", "hash-one")
        assert (line["run_origin"], line["run_status"]) == ("analysed", "completed")


def test_by_default_only_what_answers_is_there(two: Engine) -> None:
    with two.begin() as connection:
        item = CorrectionItem(0, 1000, {"text": "by hand"})
        correct(connection, REPOSITORY, "one", SEGMENT, [item], "ann")
    found = lines(two, asset_id="one", types=[SEGMENT])
    assert [(each["payload"]["text"], each["run_origin"]) for each in found] == [
        ("by hand", "human")
    ]
    fast = Selection(SelectionMode.PROFILE, ModelProfile.FAST)
    chosen = lines(two, asset_id="one", types=[SEGMENT], selection=fast)
    assert [each["run_origin"] for each in chosen] == ["human", "analysed", "analysed"]
    assert {each["artifact_type"] for each in lines(two, types=[SCENE])} == {"scene"}
    assert {each["asset_id"] for each in lines(two)} == {"one", "two"}
    assert lines(two, library="nosuch") == []


def test_a_table_says_the_same_and_holds_no_formula(two: Engine) -> None:
    out = io.BytesIO()
    assert export_artifacts(two, out, ExportFormat.CSV, ExportFilter()) == 5
    rows = list(csv.DictReader(io.StringIO(out.getvalue().decode())))
    for row, line in zip(rows, lines(two), strict=True):
        assert json.loads(row["payload"]) == line["payload"]
        assert row["artifact_id"] == line["artifact_id"]
        assert row["path"] == line["path"].replace("=", "'=", 1)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


@pytest.fixture
def _commands(two: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RUSHES_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", two.url.render_as_string(hide_password=False))
    get_settings.cache_clear()
    yield
    close_context(get_settings())
    get_settings.cache_clear()


def rushes(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.usefixtures("_commands")
def test_the_commands_write_files_and_say_what_is_wrong(tmp_path: Path) -> None:
    table, file = tmp_path / "all.csv", tmp_path / "backup.jsonl"
    done = rushes("export", str(table), "--film", "two", "--json")
    assert json.loads(done.stdout) == {"file": str(table), "format": "csv", "artifacts": 3}
    assert len(table.read_text().splitlines()) == 4
    assert len(rushes("export", "-", "--type", "scene").stdout.splitlines()) == 1
    for wrong in (
        ["export", str(tmp_path / "all.xml")],
        ["export", str(tmp_path / "nosuch" / "all.csv")],
        ["export", str(table), "--library", "nosuch"],
        ["export", str(table), "--all-runs", "--profile", "fast"],
        ["backup", str(tmp_path)],
        ["restore", str(table)],
        ["restore", str(tmp_path / "nosuch")],
    ):
        assert rushes(*wrong).exit_code == EXIT_USAGE, wrong
    assert json.loads(rushes("backup", str(file), "--json").stdout)["records"] == {"library": 1}
    assert rushes("restore", str(file), "--map", "films").exit_code == EXIT_USAGE
    report = json.loads(rushes("restore", str(file), "--dry-run", "--json").stdout)
    assert (report["dry_run"], report["restored"], report["pending"]) == (True, {}, [])
    assert "was there" in rushes("restore", str(file)).stdout


@pytest.mark.usefixtures("_commands")
def test_nothing_is_written_into_a_library_nor_over_a_file_by_accident(
    two: Engine, tmp_path: Path
) -> None:
    root = tmp_path / "library"
    root.mkdir()
    film, link = root / "a.mp4", tmp_path / "link"
    film.write_bytes(b"film")
    link.symlink_to(root)
    with two.begin() as connection:
        connection.execute(update(libraries).values(root=str(root)))
    for command in (["export", "--format", "jsonl"], ["backup"]):
        for target in (film, root / "new.jsonl", link / "new.jsonl"):
            assert rushes(*command, str(target), "--json").exit_code == EXIT_USAGE
    assert [each.name for each in root.iterdir()] == ["a.mp4"]
    assert film.read_bytes() == b"film"
    other = tmp_path / "notes.jsonl"
    other.write_text("mine")
    for command in ("export", "backup"):
        assert rushes(command, str(other)).exit_code == EXIT_USAGE
    assert other.read_text() == "mine"
    assert rushes("export", "--force", str(other)).exit_code == 0
    kept = tmp_path / "kept.jsonl"
    assert [rushes("backup", str(kept)).exit_code for _ in range(2)] == [0, 0]
