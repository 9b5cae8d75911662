"""Where the cluster of a data directory lies.

Beside everything else, in the data directory; but where root started Rushes below a folder that
only root may enter, in a place that the server's account can reach, noted in `location.json`.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rushes.db.embedded.accounts import Account, account_for, can_enter
from rushes.errors import DatabaseError

_PLACES_OUTSIDE = (Path("/var/lib/rushes"), Path("/var/tmp/rushes"))  # noqa: S108 owner is checked


@dataclass(frozen=True)
class Location:
    """`folder` holds the locks and notes, `home` the cluster and, where needed, the binaries."""

    folder: Path
    home: Path
    account: Account | None

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def start_log(self) -> Path:
        """What the server said before it opened its own log."""
        return self.home / "start.log"


def known_location(folder: Path) -> Location:
    """The location of a `folder` as it stands; changes nothing."""
    home = _noted_home(folder) or folder
    return Location(folder, home, account_for(home / "cluster"))


def make_location(folder: Path) -> Location:
    """The location of `folder`, made when it is new. Hold `start.lock`."""
    location = known_location(folder)
    if location.home != folder:
        _refuse_a_copy(location)
        return location
    if location.account is not None and folder.stat().st_uid == 0:
        folder.chmod(0o711)  # the folder is ours; its parents are not and stay as they are
    if location.cluster.exists() or can_enter(folder, location.account):
        return location
    home = _make_home_outside(folder, location.account)
    write_note(home / "owner.json", {"folder": str(folder)})
    write_note(folder / "location.json", {"home": str(home)})
    return Location(folder, home, location.account)


def write_note(path: Path, content: dict[str, str | int]) -> None:
    """Write a small JSON file at once or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(content))
    temporary.replace(path)


def read_note(path: Path) -> dict[str, str | int]:
    """A file of `write_note`; empty when it is missing or damaged."""
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _noted_home(folder: Path) -> Path | None:
    home = read_note(folder / "location.json").get("home")
    return Path(str(home)) if home else None


def _refuse_a_copy(location: Location) -> None:
    """Two data directories must not share a cluster: each would stop the other's server."""
    if not location.home.is_dir():
        raise DatabaseError(
            f"The database of {location.folder} lay in {location.home}, which is gone.",
            code="database_missing",
            retryable=False,
            remedy=f"bring it back, or remove {location.folder / 'location.json'} to begin empty",
        )
    owner = Path(str(read_note(location.home / "owner.json").get("folder", location.folder)))
    if owner == location.folder:
        return
    if _noted_home(owner) == location.home:
        raise DatabaseError(
            f"{location.folder} is a copy of {owner}; its database was not copied with it.",
            code="database_copied",
            retryable=False,
            remedy=f"remove {location.folder / 'location.json'} to begin with an empty database",
        )
    write_note(location.home / "owner.json", {"folder": str(location.folder)})  # it was moved


def _make_home_outside(folder: Path, account: Account | None) -> Path:
    # The random end keeps a new data directory apart from the remains of a removed one.
    prefix = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16] + "-"
    for base in _PLACES_OUTSIDE:
        try:
            base.mkdir(mode=0o755, parents=True, exist_ok=True)
            status = base.stat()
            if status.st_uid != 0 or status.st_mode & 0o022 or not can_enter(base, account):
                continue
            home = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
            home.chmod(0o711)
        except OSError:
            continue
        return home
    tried = ", ".join(map(str, _PLACES_OUTSIDE))
    raise DatabaseError(
        f"No place that Postgres can reach: {folder} is for root alone, and so is {tried}.",
        retryable=False,
        remedy="choose another RUSHES_DATA_DIR, run as a plain user, or set DATABASE_URL",
    )
