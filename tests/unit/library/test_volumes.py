"""The volume of a root."""

from pathlib import Path

import pytest

from rushes.library.volumes import mount_of, root_identity, volume_label

MOUNTINFO = """\
22 1 8:1 / / rw - ext4 /dev/sda1 rw
30 22 8:17 / /media/My\\040Card rw shared:1 - exfat /dev/sdb1 rw
31 22 0:40 / /media rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("root", "mount"),
    [
        ("/media/My Card/DCIM", ("/media/My Card", "/dev/sdb1")),
        ("/media/My Card", ("/media/My Card", "/dev/sdb1")),
        ("/media/My Cards", ("/media", "tmpfs")),
        ("/home", ("/", "/dev/sda1")),
    ],
)
def test_the_longest_mount_point_around_a_root_counts(root: str, mount: tuple[str, str]) -> None:
    assert mount_of(root, MOUNTINFO) == mount


def test_a_folder_is_told_from_another_and_from_one_that_took_its_place(tmp_path: Path) -> None:
    first = root_identity(tmp_path)
    (tmp_path / "other").mkdir()
    assert root_identity(tmp_path) == first
    assert root_identity(tmp_path / "other") != first


def test_a_label_is_never_a_failure(tmp_path: Path) -> None:
    assert volume_label(tmp_path / "gone") is None or isinstance(volume_label(tmp_path), str)
