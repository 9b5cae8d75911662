"""A start uses the best generation that is there, and tells what it passed by."""

from __future__ import annotations

from pathlib import Path

import pytest
from generation_making import (
    DATABASE,
    SPACE,
    assert_holds,
    draft,
    publish,
    recover,
    two_generations,
)

from rushes.vectors.generations.folder import CURRENT, SpaceFolder
from rushes.vectors.generations.recovery import Origin, recovered


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"\x00" * 32, "holds no name"),
        (b"g00000000000000000002-0123456\n", "holds no name"),
        (b"../secrets\n", "holds no name"),
        (b"g00000000000000000002-01234567", "holds no name"),
        (b"g00000000000000000002-01234567\n", "names g00000000000000000002-01234567"),
        (None, "is missing"),
    ],
)
def test_a_bad_current_is_told_and_the_newest_generation_used(
    tmp_path: Path, content: bytes | None, what: str
) -> None:
    folder, _, _ = two_generations(tmp_path)
    path = folder.path / CURRENT
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert folder.current() is None
    base, told = recover(folder)
    assert_holds(base, draft(2))
    assert [name for name, _ in told] == [CURRENT]
    assert what in told[0][1]


def test_a_current_that_is_a_folder_is_told(tmp_path: Path) -> None:
    folder, _, _ = two_generations(tmp_path)
    (folder.path / CURRENT).unlink()
    (folder.path / CURRENT).mkdir()
    base, told = recover(folder)
    assert_holds(base, draft(2))
    assert [name for name, _ in told] == [CURRENT]


def test_nothing_is_told_where_there_is_nothing(tmp_path: Path) -> None:
    assert recover(SpaceFolder(tmp_path, SPACE)) == (None, [])


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    folder = SpaceFolder(tmp_path, SPACE)
    folder.path.write_text("not a folder")
    base, told = recover(folder)
    assert base is None
    assert len(told) == 1


def test_a_generation_of_another_database_or_another_past_is_not_used(tmp_path: Path) -> None:
    folder, old, current = two_generations(tmp_path)
    told: list[tuple[str, str]] = []
    damaged: list[str] = []

    def tell(name: str, what: str) -> None:
        told.append((name, what))

    def no_damage(name: str, _: str) -> None:
        damaged.append(name)

    assert recovered(folder, Origin("another database", lambda: 10), no_damage, tell) is None
    assert [name for name, _ in told] == [current, old]
    assert all("another database" in what for _, what in told)
    told.clear()
    assert_holds(recovered(folder, Origin(DATABASE, lambda: 1), no_damage, tell), draft(1))
    assert [name for name, _ in told] == [current]
    assert "changes up to 2, the database only up to 1" in told[0][1]
    told.clear()
    of_past = Origin(DATABASE, lambda: 2, lambda manifest: manifest.name != current)
    assert_holds(recovered(folder, of_past, no_damage, tell), draft(1))
    assert [name for name, _ in told] == [current]
    assert damaged == []


def test_what_was_committed_and_published_while_a_start_looks_is_used(tmp_path: Path) -> None:
    """Its changes are later than those that were there when the start began."""
    last_seq = 2

    class PublishingFolder(SpaceFolder):
        """One with new changes is published right before somebody reads which one counts."""

        def read_current(self) -> str | None:
            nonlocal last_seq
            if last_seq == 2:
                last_seq = 3
                publish(SpaceFolder(tmp_path, SPACE), draft(3))
            return super().read_current()

    two_generations(tmp_path)
    told: list[str] = []

    def tell(name: str, what: str) -> None:
        told.append(f"{name} {what}")

    origin = Origin(DATABASE, lambda: last_seq)
    assert_holds(recovered(PublishingFolder(tmp_path, SPACE), origin, tell, tell), draft(3))
    assert told == []


def test_one_that_this_process_doubts_is_passed_by(tmp_path: Path) -> None:
    folder, old, current = two_generations(tmp_path)
    folder.doubted.add(current)
    base, told = recover(folder)
    assert_holds(base, draft(1))
    folder.doubted.add(old)
    assert recover(folder) == (None, [])
    assert told == []


def test_what_is_published_while_a_start_looks_is_no_damage(tmp_path: Path) -> None:
    class PublishingFolder(SpaceFolder):
        """Two are published right after somebody read which one counts."""

        left = 2

        def read_current(self) -> str | None:
            name = super().read_current()
            for _ in range(2 if self.left > 0 else 0):
                self.left -= 1
                publish(SpaceFolder(tmp_path, SPACE), draft(4 - self.left))
            return name

    folder, old, current = two_generations(tmp_path)
    base, told = recover(PublishingFolder(tmp_path, SPACE))
    assert_holds(base, draft(4))
    assert told == []
    assert {old, current}.isdisjoint(folder.names())


def test_a_name_that_was_replaced_while_it_was_looked_up_is_looked_up_again(
    tmp_path: Path,
) -> None:
    class LateFolder(SpaceFolder):
        """Its first look is of a moment before the last two were published."""

        looks = 0

        def _named(self) -> str | None:
            self.looks += 1
            return self.new_name(0) if self.looks == 1 else super()._named()

    _, _, current = two_generations(tmp_path)
    assert LateFolder(tmp_path, SPACE).read_current() == current
