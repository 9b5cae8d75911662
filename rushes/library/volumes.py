"""Which volume a root lies on: what tells an empty mount point from an emptied folder."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_MOUNTINFO = Path("/proc/self/mountinfo")
_LABELS = Path("/dev/disk/by-label")
_OCTAL = re.compile(r"\\([0-7]{3})")
_SIGN_BIT = 1 << 63


@dataclass(frozen=True, slots=True)
class RootIdentity:
    """Device and inode of a folder as signed 64-bit numbers, as Postgres keeps them."""

    device: int
    inode: int


def root_identity(root: Path) -> RootIdentity:
    """The identity of the folder that lies at `root` now. Raises OSError."""
    found = root.stat()
    return RootIdentity(_signed(found.st_dev), _signed(found.st_ino))


def volume_label(root: Path) -> str | None:
    """The name a person knows the drive of `root` by, or None; best effort, never raises."""
    try:
        if root.parts[1:2] == ("Volumes",) and len(root.parts) > 2:
            return root.parts[2]  # macOS
        return _linux_label(root)
    except (OSError, ValueError):
        return None


def mount_of(root: str, mountinfo: str) -> tuple[str, str] | None:
    """Mount point and device of `root` by the text of /proc/self/mountinfo; the last one counts."""
    best: tuple[str, str] | None = None
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        if not right:
            continue
        point = _unescaped(left.split(" ")[4])
        inside = point == "/" or root == point or root.startswith(point + "/")
        if inside and (best is None or len(point) >= len(best[0])):
            best = point, _unescaped(right.split(" ")[1])
    return best


def _linux_label(root: Path) -> str | None:
    if not _MOUNTINFO.exists():
        return None
    mount = mount_of(str(root), _MOUNTINFO.read_text(errors="surrogateescape"))
    if mount is None or mount[0] == "/":
        return None
    point, device = mount
    label = _disk_label(device) or Path(point).name
    return label.encode(errors="surrogateescape").decode(errors="replace")


def _disk_label(device: str) -> str | None:
    if not _LABELS.is_dir():
        return None
    for link in _LABELS.iterdir():
        if os.path.realpath(link) == os.path.realpath(device):
            return re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), link.name)
    return None


def _unescaped(text: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)


def _signed(number: int) -> int:
    return number - 2 * _SIGN_BIT if number >= _SIGN_BIT else number
