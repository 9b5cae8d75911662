"""The rungs of the ladder that are files: the generation that counts, then the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from rushes.errors import StorageError
from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.generations.folder import CURRENT, SpaceFolder
from rushes.vectors.generations.manifest import Manifest
from rushes.vectors.generations.opening import open_generation
from rushes.vectors.generations.reading import read_manifest
from rushes.vectors.live.base import Base

OnDamage = Callable[[str, str], None]
"""Called with the name of a generation, or CURRENT, and why it cannot be used."""
_LOOKS: Final = 10


class _PublishedMeanwhileError(Exception):
    """What was to be opened was replaced and removed; there is another one."""


def recovered(
    folder: SpaceFolder, database: str, last_seq: int, on_damage: OnDamage
) -> Base | None:
    """The best generation that can be used, or None. Damage is told and never raised.

    `database`: of which database it has to be. `last_seq`: the newest change there is; a
    generation with later ones is of another past of that database.
    """
    for _ in range(_LOOKS):
        try:
            return _best(folder, database, last_seq, on_damage)
        except _PublishedMeanwhileError:
            continue
        except StorageError as error:
            on_damage(CURRENT, f"the folder cannot be read: {error}")
            return None
    on_damage(CURRENT, f"another generation was published during each of {_LOOKS} looks")
    return None


def _best(folder: SpaceFolder, database: str, last_seq: int, on_damage: OnDamage) -> Base | None:
    for name in _candidates(folder, on_damage):
        try:
            _check_use(read_manifest(folder, name).manifest, database, last_seq)
            return open_generation(folder, name)
        except GenerationDamagedError as error:
            if name not in folder.names() and folder.current() not in (None, name):
                raise _PublishedMeanwhileError from error
            on_damage(name, error.message)
    return None


def _candidates(folder: SpaceFolder, on_damage: OnDamage) -> Iterator[str]:
    """The one that counts, then the others, the newest first."""
    current = None
    names = folder.names()
    try:
        current = folder.read_current()
        if current is None and names:
            on_damage(CURRENT, "is missing, though there are generations")
    except GenerationDamagedError as error:
        on_damage(CURRENT, error.message)
    if current is not None:
        yield current
    yield from (name for name in names if name != current)


def _check_use(manifest: Manifest, database: str, last_seq: int) -> None:
    if manifest.database != database:
        raise GenerationDamagedError(f"it was made from another database, {manifest.database}")
    if manifest.applied_seq > last_seq:
        raise GenerationDamagedError(
            f"it holds changes up to {manifest.applied_seq}, the database only up to {last_seq}"
        )
