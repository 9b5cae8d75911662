"""The command `rushes clip`: what it writes, and where it refuses to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import pytest
from sqlalchemy import Engine, insert
from typer.testing import CliRunner, Result

from orchestration.cli.app import app
from orchestration.cli.output import EXIT_USAGE
from rushes.db.tables import asset, libraries
from rushes.errors import InvalidRequestError
from rushes.media.clip import Clip
from rushes.media.clip_file import saved_clip, scratch_clip
from rushes.pipeline.startup import close_context
from rushes.settings import get_settings
from tests.media_factory import make_clip


@dataclass(frozen=True)
class Desk:
    """A library with `film.mp4`, and a folder to write to."""

    root: Path
    out: Path

    def clip(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, ["clip", *arguments])

    def refused(self, target: Path, *options: str) -> str:
        """The code of the refusal."""
        result = self.clip("film.mp4@0-1", str(target), "--json", *options)
        assert result.exit_code == EXIT_USAGE, result.output
        code: str = json.loads(result.stdout)["error"]["code"]
        return code


@pytest.fixture
def desk(
    engine: Engine, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    desk = Desk(tmp_path / "library", tmp_path / "out")
    desk.root.mkdir()
    desk.out.mkdir()
    film = make_clip(desk.root / "film.mp4", frames=50, size=(160, 96), audio=False).stat()
    with engine.begin() as connection:
        connection.execute(insert(libraries).values(slug="films", root=str(desk.root)))
        connection.execute(
            insert(asset).values(
                asset_id="v1", library_slug="films", path="film.mp4", content_hash="hash",
                size_bytes=film.st_size, mtime_ns=film.st_mtime_ns,
            )
        )  # fmt: skip
    monkeypatch.setenv("RUSHES_DATA_DIR", str(data_dir))
    monkeypatch.setenv("RUSHES_CPU_THREADS", "1")
    monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string(hide_password=False))
    get_settings.cache_clear()
    yield desk
    close_context(get_settings())
    get_settings.cache_clear()


def test_a_clip_is_written_where_it_may_be_and_nowhere_else(desk: Desk) -> None:
    """One test of the whole command: opening its database is what takes the time."""
    before = {path: path.stat() for path in desk.root.iterdir()}
    target = desk.out / "clip.mp4"
    result = desk.clip("film.mp4@0.4-1.2", str(target), "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["asset_id"], told["clip"]["from_ms"], told["clip"]["frames"]) == ("v1", 400, 20)
    with av.open(str(target)) as clip:
        assert len(list(clip.decode(video=0))) == 20

    written = target.read_bytes()
    assert desk.refused(target) == "target_exists"
    assert target.read_bytes() == written
    assert desk.clip("film.mp4@0-1", str(target), "--force", "--mode", "copy").exit_code == 0
    assert target.read_bytes() != written

    assert desk.refused(desk.root / "clip.mp4", "--force") == "invalid_target"
    assert desk.refused(desk.root / "film.mp4", "--force") == "invalid_target"
    assert desk.clip("film.mp4@1", str(desk.out / "b.mp4")).exit_code == EXIT_USAGE
    assert desk.clip("film.mp4@9-10", str(desk.out / "b.mp4")).exit_code == EXIT_USAGE
    assert [path.name for path in desk.out.iterdir()] == ["clip.mp4"]
    assert {path: path.stat().st_mtime_ns for path in desk.root.iterdir()} == {
        path: stat.st_mtime_ns for path, stat in before.items()
    }


def write(path: Path) -> Clip:
    path.write_bytes(b"clip")
    return Clip("copied", 0, 40, 1, 4)


def never(path: Path) -> Clip:
    raise AssertionError("was written")


def code_of(target: Path, *roots: Path, overwrite: bool = True) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        saved_clip(target, roots, never, overwrite=overwrite)
    return caught.value.code


def test_no_link_leads_into_a_library(tmp_path: Path) -> None:
    library, out = tmp_path / "library", tmp_path / "out"
    library.mkdir()
    (library / "film.mp4").write_bytes(b"film")
    out.symlink_to(library)
    (tmp_path / "link.mp4").symlink_to(library / "new.mp4")
    for target in (out / "a.mp4", tmp_path / "link.mp4", library / "sub" / ".." / "a.mp4"):
        assert code_of(target, library) == "invalid_target"
    assert code_of(library / "a.mp4", out) == "invalid_target"
    assert [path.name for path in library.iterdir()] == ["film.mp4"]


def test_a_target_is_a_plain_mp4_file_in_a_folder_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "folder.mp4").mkdir()
    for name in ("folder.mp4", "gone/clip.mp4", "clip.mov", "clip"):
        assert code_of(tmp_path / name) == "invalid_target"


def test_a_file_that_came_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    def late(path: Path) -> Clip:
        (tmp_path / "clip.mp4").write_bytes(b"another's")
        return write(path)

    with pytest.raises(InvalidRequestError, match="is there already"):
        saved_clip(tmp_path / "clip.mp4", (), late)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"another's"]


def test_an_export_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"the old one")

    def fail(path: Path) -> Clip:
        write(path)
        raise InvalidRequestError("no")

    with pytest.raises(InvalidRequestError):
        saved_clip(tmp_path / "clip.mp4", (), fail, overwrite=True)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"the old one"]


def test_a_scratch_clip_has_no_name_and_what_a_killed_process_left_is_swept(
    tmp_path: Path,
) -> None:
    (tmp_path / "old.mp4").write_bytes(b"x")
    os.utime(tmp_path / "old.mp4", (0, 0))
    (tmp_path / "running.mp4").write_bytes(b"x")
    file, _ = scratch_clip(tmp_path, write)
    with file:
        assert file.read() == b"clip"
        assert [path.name for path in tmp_path.iterdir()] == ["running.mp4"]
