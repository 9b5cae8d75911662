"""What lies under a root: real folders, with a failing drive played."""

import errno
import os
from pathlib import Path

import pytest

from rushes.errors import MediaError
from rushes.library.listing import Disk, list_films


def film(path: Path, content: bytes = b"film") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def listed(root: Path, **options: object) -> list[str]:
    return [found.path for found in list_films(root, **options).films]  # type: ignore[arg-type]


def rejected(root: Path) -> dict[str, str]:
    return {file.path: file.code for file in list_films(root).rejected}


class FailingDisk:
    """A drive that cannot list some folders or read some files."""

    def __init__(self, *, folders: tuple[Path, ...] = (), files: tuple[Path, ...] = ()) -> None:
        self._folders = {str(path) for path in folders}
        self._files = {str(path) for path in files}

    def disk(self) -> Disk:
        return Disk(entries=self._entries, access=lambda path, mode: path not in self._files)

    def _entries(self, path: str) -> list[os.DirEntry[str]]:
        if path in self._folders:
            raise OSError(errno.EIO, "Input/output error", path)
        with os.scandir(path) as entries:
            return list(entries)


def test_films_are_listed_with_size_and_time_in_the_order_of_their_paths(tmp_path: Path) -> None:
    later, first = film(tmp_path / "b.mp4", b"12345"), film(tmp_path / "a/x.MOV")
    film(tmp_path / "notes.txt")
    found = list_films(tmp_path).films
    assert [one.path for one in found] == ["a/x.MOV", "b.mp4"]
    assert found[1].size_bytes == 5
    assert found[1].mtime_ns == later.stat().st_mtime_ns
    assert found[0].mtime_ns == first.stat().st_mtime_ns


NAMES = [
    "with space.mp4",
    "quo'te\".mp4",
    "new\nline.mp4",
    "🎬 clip.mp4",
    "%s :x.mp4",
    "back\\.mp4",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_utf8_name_is_taken_as_it_is(tmp_path: Path, name: str) -> None:
    film(tmp_path / name)
    assert listed(tmp_path) == [name]


def test_a_name_that_is_not_utf8_is_rejected_and_shown_with_escapes(tmp_path: Path) -> None:
    film(tmp_path / os.fsdecode(b"caf\xe9.mp4"))
    film(tmp_path / os.fsdecode(b"dir\xff") / "a.mp4")
    assert rejected(tmp_path) == {
        "caf\\xe9.mp4": "name_not_utf8",
        "dir\\xff/a.mp4": "name_not_utf8",
    }


def test_what_cannot_be_taken_has_a_code(tmp_path: Path) -> None:
    film(tmp_path / "empty.mp4", b"")
    (tmp_path / "broken.mp4").symlink_to(tmp_path / "nowhere.mp4")
    (tmp_path / "loop.mp4").symlink_to(tmp_path / "loop.mp4")
    os.mkfifo(tmp_path / "pipe.mp4")
    assert rejected(tmp_path) == {
        "broken.mp4": "broken_link",
        "empty.mp4": "empty_file",
        "loop.mp4": "broken_link",
        "pipe.mp4": "unsupported",
    }
    assert listed(tmp_path) == []


def test_a_file_that_may_not_be_read_is_rejected_alone(tmp_path: Path) -> None:
    secret = film(tmp_path / "secret.mp4")
    film(tmp_path / "open.mp4")
    listing = list_films(tmp_path, disk=FailingDisk(files=(secret,)).disk())
    assert [(file.path, file.code) for file in listing.rejected] == [("secret.mp4", "unreadable")]
    assert [one.path for one in listing.films] == ["open.mp4"]


def test_a_path_that_is_too_long_for_an_index_is_rejected(tmp_path: Path) -> None:
    film(tmp_path.joinpath(*["d" * 200] * 11) / "a.mp4")
    (file,) = list_films(tmp_path).rejected
    assert file.code == "path_too_long"
    assert len(file.path) < 1000


def test_links_to_files_are_followed_and_links_to_folders_are_not(tmp_path: Path) -> None:
    outside = film(tmp_path / "outside/real.mp4")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link.mp4").symlink_to(outside)
    (root / "folder").symlink_to(outside.parent)
    (root / "folder.mp4").symlink_to(outside.parent)
    (root / "self").symlink_to(root)
    assert listed(root) == ["link.mp4"]


def test_hidden_and_system_names_are_passed_over(tmp_path: Path) -> None:
    for name in (
        ".hidden.mp4",
        "._a.mp4",
        ".Trashes/a.mp4",
        "$RECYCLE.BIN/a.mp4",
        "@eaDir/a.mp4",
        "System Volume Information/a.mp4",
    ):
        film(tmp_path / name)
    film(tmp_path / "a.mp4")
    assert listed(tmp_path) == ["a.mp4"]


def test_globs_choose_and_prune(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mov", "proxies/c.mp4", "x/proxies/d.mp4", "x/e.mp4"):
        film(tmp_path / name)
    assert listed(tmp_path, exclude=["proxies/"]) == ["a.mp4", "b.mov", "x/e.mp4"]
    assert listed(tmp_path, include=["*.mov"]) == ["b.mov"]


def test_a_listing_is_limited_to_prefixes(tmp_path: Path) -> None:
    for name in ("a.mp4", "x/b.mp4", "xy/c.mp4", "x/y/d.mp4"):
        film(tmp_path / name)
    assert listed(tmp_path, only=["x"]) == ["x/b.mp4", "x/y/d.mp4"]
    assert listed(tmp_path, only=["a.mp4", "xy"]) == ["a.mp4", "xy/c.mp4"]
    assert listed(tmp_path, only=["gone"]) == []
    assert listed(tmp_path, skip=["x"]) == ["a.mp4", "xy/c.mp4"]


def test_a_folder_that_cannot_be_listed_is_named_and_its_neighbours_are_listed(
    tmp_path: Path,
) -> None:
    film(tmp_path / "bad/a.mp4")
    film(tmp_path / "good/b.mp4")
    listing = list_films(tmp_path, disk=FailingDisk(folders=(tmp_path / "bad",)).disk())
    assert listing.unlisted == {"bad": "Input/output error"}
    assert [one.path for one in listing.films] == ["good/b.mp4"]
    assert not listing.is_empty


def test_a_root_that_cannot_be_listed_is_offline_and_never_empty(tmp_path: Path) -> None:
    failing = FailingDisk(folders=(tmp_path,)).disk()
    for root, disk in ((tmp_path / "gone", None), (tmp_path, failing)):
        with pytest.raises(MediaError) as caught:
            list_films(root, disk=disk)
        assert caught.value.code == "source_offline"


def test_listing_leaves_no_trace(tmp_path: Path) -> None:
    film(tmp_path / "x/a.mp4")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    list_films(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
