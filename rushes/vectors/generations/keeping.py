"""Which generations stay beside one that is being written, for a start to fall back to."""

from __future__ import annotations

from typing import Final

from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.reading import has_all_its_bytes, read_manifest
from rushes.vectors.generations.stamps import is_stamped, states_of
from rushes.vectors.generations.verification import verify

_DOUBTFUL: Final = 2
"""So many are kept where none is known to be whole."""


def kept_beside(
    folder: SpaceFolder, database: str, applied_seq: int, *, may_read: bool
) -> set[str]:
    """The newest one that is whole, of the same database and not of later changes.

    `may_read`: verify those in full that have no stamp; what is damaged is not kept. Else the
    newest one stays too where only an older one is known to be whole, and the newest two where
    none is.
    """
    usable = [name for name in _in_order(folder) if _is_usable(folder, name, database, applied_seq)]
    for place, name in enumerate(usable):
        if _is_known_whole(folder, name):
            return {name} if may_read else {name, *usable[: min(place, 1)]}
        if may_read and _is_whole(folder, name):
            return {name}
    return set() if may_read else set(usable[:_DOUBTFUL])


def _in_order(folder: SpaceFolder) -> list[str]:
    """The one that counts, then the others, the newest first."""
    current = folder.current()
    others = [name for name in folder.names() if name != current]
    return others if current is None else [current, *others]


def _is_usable(folder: SpaceFolder, name: str, database: str, applied_seq: int) -> bool:
    if name in folder.doubted:
        return False
    try:
        manifest = read_manifest(folder, name).manifest
    except GenerationDamagedError:
        return False
    is_of_here = manifest.database == database
    is_older = manifest.applied_seq <= applied_seq
    return is_of_here and is_older and has_all_its_bytes(folder, manifest)


def _is_known_whole(folder: SpaceFolder, name: str) -> bool:
    """Whether its files are in the state in which they were verified, by whomever."""
    try:
        states = states_of(folder.generation(name))
        sha256 = read_manifest(folder, name).sha256
    except GenerationDamagedError:
        return False
    return folder.verified.get(name) == states or is_stamped(folder, name, sha256, states)


def _is_whole(folder: SpaceFolder, name: str) -> bool:
    try:
        verify(folder, name)
    except GenerationDamagedError:
        return False
    return True
