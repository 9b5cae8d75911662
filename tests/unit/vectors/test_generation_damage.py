"""Every damage of every file is found at the next start, told, and passed by."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from generation_making import (
    SPACE,
    assert_holds,
    draft,
    publish,
    recover,
    two_generations,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.generations.folder import CURRENT, SpaceFolder
from rushes.vectors.generations.manifest import (
    FILES,
    INDEX,
    MANIFEST,
)
from rushes.vectors.generations.opening import open_generation
from rushes.vectors.generations.verification import verify

ALL_FILES = (*FILES, MANIFEST)
_PAGE_BYTES = 4096


def _flip(path: Path, at: int, bits: int = 0xFF) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        (byte,) = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ bits]))


def _zero_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(min(_PAGE_BYTES, path.stat().st_size)))


def _lengthen(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\x00")


def _make_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _lead_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


Damage = Callable[[Path, Path], object]
DAMAGES: dict[str, Damage] = {
    "missing": lambda path, _: path.unlink(),
    "truncated": lambda path, _: path.write_bytes(path.read_bytes()[:-1]),
    "longer": lambda path, _: _lengthen(path),
    "first byte flipped": lambda path, _: _flip(path, 0),
    "middle byte flipped": lambda path, _: _flip(path, path.stat().st_size // 2, 1),
    "zeroed page": lambda path, _: _zero_page(path),
    "the other generation's": lambda path, other: shutil.copy2(other, path),
    "a folder": lambda path, _: _make_a_folder(path),
    "a link to nowhere": lambda path, _: _lead_nowhere(path),
}


@pytest.mark.parametrize("file", ALL_FILES)
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found_and_the_generation_before_takes_over(
    tmp_path: Path, file: str, damage: str
) -> None:
    folder, old, current = two_generations(tmp_path)
    other = folder.generation(old) / file
    before = other.read_bytes()
    assert (folder.generation(current) / file).read_bytes() != before
    DAMAGES[damage](folder.generation(current) / file, other)
    assert other.read_bytes() == before
    with pytest.raises(GenerationDamagedError, match=f"{current}/{file}"):
        open_generation(folder, current)
    base, told = recover(folder)
    assert_holds(base, draft(1))
    assert [name for name, _ in told] == [current]
    assert f"{current}/{file}" in told[0][1]


@pytest.mark.parametrize("file", ALL_FILES)
def test_files_that_two_generations_swapped_are_found_in_both(tmp_path: Path, file: str) -> None:
    folder, old, current = two_generations(tmp_path)
    one, two = folder.generation(old) / file, folder.generation(current) / file
    spare = tmp_path / "spare"
    one.rename(spare)
    two.rename(one)
    spare.rename(two)
    base, told = recover(folder)
    assert base is None
    assert [name for name, _ in told] == [current, old]


def test_damage_of_all_generations_leaves_none(tmp_path: Path) -> None:
    folder, old, current = two_generations(tmp_path)
    for name in (old, current):
        _flip(folder.generation(name) / INDEX, 500)
    base, told = recover(folder)
    assert base is None
    assert [name for name, _ in told] == [current, old]
    made = draft(3)
    publish(folder, made)
    base, told = recover(folder)
    assert_holds(base, made)
    assert told == []


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> SpaceFolder:
    folder = SpaceFolder(tmp_path_factory.mktemp("small"), SPACE)
    publish(folder, draft(1, count=20))
    return folder


@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    file=st.sampled_from((*ALL_FILES, CURRENT)),
    at=st.floats(0, 1, exclude_max=True),
    bits=st.integers(1, 255),
)
def test_any_flipped_byte_of_any_file_is_found(
    small: SpaceFolder, file: str, at: float, bits: int
) -> None:
    name = small.names()[0]
    path = small.path / CURRENT if file == CURRENT else small.generation(name) / file
    place = int(at * path.stat().st_size)
    _flip(path, place, bits)
    try:
        with pytest.raises(GenerationDamagedError, match=file):
            verify(small, small.read_current() or "")
    finally:
        _flip(path, place, bits)
    verify(small, name)
