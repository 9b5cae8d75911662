"""A generation that was verified is opened without reading it, and only in that state."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from generation_making import (
    SPACE,
    assert_holds,
    draft,
    much_later,
    publish,
    recover,
    two_generations,
)

from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import FILES, INDEX, MANIFEST
from rushes.vectors.generations.opening import open_generation
from rushes.vectors.generations.reading import read_manifest
from rushes.vectors.generations.stamps import FileState, is_stamped, states_of, write_stamp
from rushes.vectors.generations.verification import verify

ALL_FILES = (*FILES, MANIFEST)


def _is_stamped(folder: SpaceFolder, name: str) -> bool:
    states = states_of(folder.generation(name))
    return is_stamped(folder, name, read_manifest(folder, name).sha256, states)


def _other_byte(path: Path) -> None:
    """The last byte another, the times of reading and writing as they were."""
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        (byte,) = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(bytes([byte ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (before.st_ino, before.st_size, before.st_mtime_ns) == (
        after.st_ino,
        after.st_size,
        after.st_mtime_ns,
    )


def test_verified_files_that_nobody_touched_are_not_read_again(tmp_path: Path) -> None:
    """What a disk changes by itself shows it: that is found by verifying only."""
    folder, _, current = two_generations(tmp_path)
    _other_byte(folder.generation(current) / INDEX)
    states = states_of(folder.generation(current))
    sha256 = read_manifest(folder, current).sha256
    assert write_stamp(folder, current, sha256, states, much_later())
    assert open_generation(folder, current).manifest.name == current
    with pytest.raises(GenerationDamagedError, match=INDEX):
        verify(folder, current)
    assert not folder.stamp(current).exists()
    with pytest.raises(GenerationDamagedError, match=INDEX):
        open_generation(folder, current)


@pytest.mark.parametrize("file", ALL_FILES)
def test_a_change_that_hides_in_the_times_is_found(tmp_path: Path, file: str) -> None:
    folder, _, current = two_generations(tmp_path)
    assert _is_stamped(folder, current)
    _other_byte(folder.generation(current) / file)
    with pytest.raises(GenerationDamagedError, match=file):
        open_generation(folder, current)


@pytest.mark.parametrize("file", ALL_FILES)
def test_a_file_put_in_the_place_of_another_is_verified_again(tmp_path: Path, file: str) -> None:
    folder, _, current = two_generations(tmp_path)
    path = folder.generation(current) / file
    copy = path.with_name("copy")
    shutil.copy2(path, copy)
    copy.replace(path)
    assert not _is_stamped(folder, current)
    assert_holds(open_generation(folder, current), draft(2))


def test_what_was_written_just_now_is_not_stamped(tmp_path: Path) -> None:
    folder = SpaceFolder(tmp_path, SPACE)
    name = publish(folder, draft(1)).name
    verify(folder, name)
    assert not folder.stamp(name).exists()
    verify(folder, name, clock=lambda: 0)  # a clock that went back
    assert not folder.stamp(name).exists()
    verify(folder, name, clock=much_later)
    assert _is_stamped(folder, name)


def test_a_generation_that_moved_or_was_restored_is_verified_again(tmp_path: Path) -> None:
    _, _, current = two_generations(tmp_path / "one")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    copied = SpaceFolder(tmp_path / "two", SPACE)
    assert copied.stamp(current).exists()
    assert not _is_stamped(copied, current)
    assert_holds(open_generation(copied, current), draft(2))


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 100, b"[" * 10_000])
def test_a_damaged_stamp_is_none(tmp_path: Path, content: bytes) -> None:
    folder, _, current = two_generations(tmp_path)
    folder.stamp(current).write_bytes(content)
    assert not _is_stamped(folder, current)
    assert_holds(open_generation(folder, current), draft(2))
    _other_byte(folder.generation(current) / INDEX)
    with pytest.raises(GenerationDamagedError, match=INDEX):
        open_generation(folder, current)


def test_any_other_byte_of_a_stamp_makes_it_none(tmp_path: Path) -> None:
    folder, _, current = two_generations(tmp_path)
    stamp = folder.stamp(current).read_bytes()
    for at in range(0, len(stamp), 7):
        folder.stamp(current).write_bytes(stamp[:at] + bytes([stamp[at] ^ 1]) + stamp[at + 1 :])
        assert not _is_stamped(folder, current)
    folder.stamp(current).write_bytes(stamp)
    assert _is_stamped(folder, current)


def test_the_stamp_of_another_generation_is_none(tmp_path: Path) -> None:
    folder, old, current = two_generations(tmp_path)
    content = json.loads(folder.stamp(old).read_bytes())
    folder.stamp(current).write_text(json.dumps({**content, "name": current}))
    assert not _is_stamped(folder, current)


def test_a_stamp_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    folder, _, current = two_generations(tmp_path)
    folder.stamp(current).unlink()
    folder.stamp(current).mkdir()
    assert verify(folder, current, clock=much_later).name == current
    _other_byte(folder.generation(current) / INDEX)
    base, told = recover(folder)
    assert_holds(base, draft(1))
    assert [name for name, _ in told] == [current]


@pytest.mark.parametrize("file", ALL_FILES)
def test_every_part_of_a_state_counts(tmp_path: Path, file: str) -> None:
    folder, _, current = two_generations(tmp_path)
    states = states_of(folder.generation(current))
    sha256 = read_manifest(folder, current).sha256
    assert is_stamped(folder, current, sha256, states)
    assert not is_stamped(folder, current, sha256[::-1], states)
    for part in FileState._fields:
        other = states[file]._replace(**{part: getattr(states[file], part) + 1})
        assert not is_stamped(folder, current, sha256, {**states, file: other})


def test_a_file_that_changes_while_it_is_opened_is_damage(tmp_path: Path) -> None:
    class ChangingFolder(SpaceFolder):
        """A byte of the index changes right before the stamp is compared."""

        def stamp(self, name: str) -> Path:
            _other_byte(self.generation(name) / INDEX)
            return super().stamp(name)

    _, _, current = two_generations(tmp_path)
    with pytest.raises(GenerationDamagedError, match="was changed while"):
        open_generation(ChangingFolder(tmp_path, SPACE), current)
