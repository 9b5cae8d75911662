"""The rungs of the ladder that are files: the generation that counts, then the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from rushes.errors import StorageError
from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.generations.folder import CURRENT, SpaceFolder
from rushes.vectors.generations.manifest import Manifest
from rushes.vectors.generations.opening import open_generation
from rushes.vectors.generations.reading import read_manifest
from rushes.vectors.live.base import Base

Told = Callable[[str, str], None]
"""Called with the name of a generation, or CURRENT, and why it cannot be used."""
_LOOKS: Final = 10


class _PublishedMeanwhileError(Exception):
    """What was to be opened was replaced and removed; there is another one."""


class _ForeignError(Exception):
    """Its files may be whole, but they are of another database or another past of this one."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Of which database a generation has to be. `last_seq` tells the newest change there is now; a
    generation with later ones is of another past of that database. `is_of_its_past`: whether the
    database still has all that such a generation was made from.
    """

    database: str
    last_seq: Callable[[], int]
    is_of_its_past: Callable[[Manifest], bool] = lambda _: True


def recovered(
    folder: SpaceFolder, origin: Origin, on_damage: Told, on_foreign: Told
) -> Base | None:
    """The best generation that can be used, or None. What is wrong is told and never raised:
    `on_damage` of the files, `on_foreign` of where they come from. Doubted ones are passed by.
    """
    for _ in range(_LOOKS):
        try:
            return _best(folder, origin, on_damage, on_foreign)
        except _PublishedMeanwhileError:
            continue
        except StorageError as error:
            on_damage(CURRENT, f"the folder cannot be read: {error}")
            return None
    on_damage(CURRENT, f"another generation was published during each of {_LOOKS} looks")
    return None


def _best(folder: SpaceFolder, origin: Origin, on_damage: Told, on_foreign: Told) -> Base | None:
    for name in _candidates(folder, on_damage):
        try:
            _check_origin(read_manifest(folder, name).manifest, origin)
            return open_generation(folder, name)
        except _ForeignError as error:
            on_foreign(name, str(error))
        except GenerationDamagedError as error:
            if name not in folder.names() and folder.current() not in (None, name):
                raise _PublishedMeanwhileError from error
            on_damage(name, error.message)
    return None


def _candidates(folder: SpaceFolder, on_damage: Told) -> Iterator[str]:
    """The one that counts, then the others, the newest first."""
    current = None
    names = folder.names()
    try:
        current = folder.read_current()
        if current is None and names:
            on_damage(CURRENT, "is missing, though there are generations")
    except GenerationDamagedError as error:
        on_damage(CURRENT, error.message)
    first = [] if current is None else [current]
    in_order = first + [name for name in names if name != current]
    yield from (name for name in in_order if name not in folder.doubted)


def _check_origin(manifest: Manifest, origin: Origin) -> None:
    if manifest.database != origin.database:
        raise _ForeignError(f"it was made from another database, {manifest.database}")
    # Asked after the manifest was read: what it holds was committed before it was published.
    if manifest.applied_seq > (last_seq := origin.last_seq()):
        raise _ForeignError(
            f"it holds changes up to {manifest.applied_seq}, the database only up to {last_seq}"
        )
    if not origin.is_of_its_past(manifest):
        raise _ForeignError(
            "the database has no mark of it: it was put back from a copy since, or tombstones that"
            " the generation had not applied were pruned"
        )
