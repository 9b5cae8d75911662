"""What stays beside a new generation is what a start can fall back to."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import pytest
from generation_making import SPACE, draft, publish, two_generations

from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import INDEX
from rushes.vectors.generations.opening import open_generation
from rushes.vectors.generations.writing import Draft
from rushes.vectors.inspecting import inspect_folder, leftover_folders


def _saved(seq: int) -> Draft:
    """What a save writes: deleted vectors of before are still in its bytes."""
    return draft(seq, compacted_seq=1)


def _zero_a_page(folder: SpaceFolder, name: str) -> None:
    """As a bad copy does: the size stays."""
    with (folder.generation(name) / INDEX).open("r+b") as file:
        file.write(bytes(4096))


def test_a_build_keeps_no_damaged_one_but_an_older_one_that_is_whole(tmp_path: Path) -> None:
    folder, old, current = two_generations(tmp_path)
    _zero_a_page(folder, current)
    new = publish(folder, draft(3)).name
    assert folder.names() == [new, old]


def test_a_build_beside_damaged_ones_only_keeps_none(tmp_path: Path) -> None:
    folder, old, current = two_generations(tmp_path)
    for name in (old, current):
        _zero_a_page(folder, name)
    assert folder.names() == [current, old]
    new = publish(folder, draft(3)).name
    assert folder.names() == [new]


def test_one_that_is_known_to_be_bad_is_not_kept_whatever_its_files_look_like(
    tmp_path: Path,
) -> None:
    for made in (draft(3), _saved(3)):
        folder, old, current = two_generations(tmp_path / str(made.compacted_seq))
        folder.doubted.add(current)
        assert folder.names() == [current, old]
        new = publish(folder, made).name
        assert folder.names() == [new, old]


def test_a_save_keeps_one_that_is_known_to_be_whole_and_reads_none(tmp_path: Path) -> None:
    folder, old, current = two_generations(tmp_path)
    new = publish(folder, _saved(3)).name
    assert folder.names() == [new, current]
    _zero_a_page(folder, current)  # so that its stamp says nothing; nobody has looked yet
    assert old not in folder.names()
    last = publish(folder, _saved(4)).name
    assert folder.names() == [last, new, current]


def test_a_save_keeps_the_newest_beside_an_older_one_that_alone_is_known(tmp_path: Path) -> None:
    folder, old, current = two_generations(tmp_path)
    _zero_a_page(folder, current)
    new = publish(folder, _saved(3)).name
    assert folder.names() == [new, current, old]
    newer = publish(folder, _saved(4)).name
    assert folder.names() == [newer, new, old]


def test_what_this_process_verified_just_now_is_known(tmp_path: Path) -> None:
    """Files so fresh get no stamp, and saves may come each second."""
    folder = SpaceFolder(tmp_path, SPACE)
    names = []
    for seq in range(2, 6):
        names.append(publish(folder, _saved(seq)).name)
        open_generation(folder, names[-1])
    assert folder.names() == [names[-1], names[-2]]
    _zero_a_page(folder, names[-1])
    new = publish(folder, _saved(6)).name
    assert folder.names() == [new, names[-1], names[-2]]


@pytest.mark.parametrize("is_swept", [True, False])
def test_folders_without_a_name_are_told_until_they_are_swept(
    tmp_path: Path, is_swept: bool
) -> None:
    folder, _, current = two_generations(tmp_path)
    assert folder.leftovers() == []
    left = [".gone-g1-0", f".new-{current}"]
    for name in left:
        (folder.path / name).mkdir()
    assert folder.leftovers() == left
    if is_swept:
        with folder.locked():
            folder.remove_leftovers()
        assert folder.leftovers() == []


def test_looking_fails_at_nothing_that_goes_meanwhile(tmp_path: Path) -> None:
    """Sizes and listings, while another process writes and removes without end."""
    folder, _, current = two_generations(tmp_path / "root")
    source, is_over = folder.generation(current), threading.Event()

    def write_and_remove() -> None:
        while not is_over.is_set():
            for number in range(20):
                shutil.copytree(source, folder.path / ".new-one" / str(number))
            (folder.path / ".new-one").rename(folder.path / ".gone-one")
            shutil.rmtree(folder.path / ".gone-one")

    writer = threading.Thread(target=write_and_remove)
    writer.start()
    try:
        until, looks = time.monotonic() + 1.5, 0
        while time.monotonic() < until:
            looks += 1
            assert folder.size() > 0
            assert inspect_folder(tmp_path / "root", SPACE).damage is None
            (found,) = leftover_folders(tmp_path / "root", ())
            assert found.space == SPACE
        assert looks > 10
    finally:
        is_over.set()
        writer.join()
