"""What a space's folder says of itself, without an index being opened."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.generations.folder import SpaceFolder, bytes_under
from rushes.vectors.generations.manifest import MANIFEST, Manifest
from rushes.vectors.generations.reading import has_all_its_bytes, read_manifest
from rushes.vectors.generations.verification import verify as verify_generation
from rushes.vectors.space import EmbeddingSpace

_LOOKS: Final = 5


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """`manifest`: of the current generation, where it can be read. `damage`: what is wrong with
    that generation. `previous`: the names of the others, the newest first.
    """

    key: str
    space: EmbeddingSpace | None
    current: str | None = None
    manifest: Manifest | None = None
    damage: str | None = None
    previous: tuple[str, ...] = ()
    bytes: int = 0


def inspect_folder(root: Path, space: EmbeddingSpace, *, verify: bool = False) -> FolderFacts:
    """The folder of a space; one that is not there says nothing. `verify`: hash its files too."""
    folder = SpaceFolder(root, space)
    if not folder.path.is_dir():
        return FolderFacts(space.key, space)
    found = _current(folder, verify=verify)
    for _ in range(_LOOKS):
        if found.damage is None or folder.current() == found.current:
            break  # else it was replaced, and maybe removed, while it was looked at
        found = _current(folder, verify=verify)
    previous = tuple(name for name in folder.names() if name != found.current)
    return replace(found, previous=previous, bytes=folder.size())


def _current(folder: SpaceFolder, *, verify: bool) -> FolderFacts:
    current, manifest, damage = None, None, None
    try:
        current = folder.read_current()
        if current is not None:
            manifest = read_manifest(folder, current).manifest
            _check(folder, manifest, verify=verify)
    except GenerationDamagedError as error:
        damage = error.message
    return FolderFacts(folder.space.key, folder.space, current, manifest, damage)


def leftover_folders(
    root: Path, keys: Collection[str], *, verify: bool = False
) -> list[FolderFacts]:
    """The folders of all spaces but these, by what their manifests say."""
    if not root.is_dir():
        return []
    found = []
    for path in _entries(root):
        if path.is_dir() and not path.name.startswith(".") and path.name not in keys:
            space = _space_of(path)
            found.append(
                FolderFacts(path.name, None, bytes=bytes_under(path))
                if space is None
                else inspect_folder(root, space, verify=verify)
            )
    return found


def _check(folder: SpaceFolder, manifest: Manifest, *, verify: bool) -> None:
    if verify:
        verify_generation(folder, manifest.name)
    elif not has_all_its_bytes(folder, manifest):
        raise GenerationDamagedError(f"{manifest.name}: files are missing or have another size")


def _readable(generation: Path) -> Manifest | None:
    try:
        return Manifest.from_bytes((generation / MANIFEST).read_bytes())
    except (OSError, GenerationDamagedError):
        return None


def _space_of(path: Path) -> EmbeddingSpace | None:
    """Of any generation in it that says so, and by whose name the folder goes."""
    for manifest in map(_readable, reversed(_entries(path))):
        if manifest is not None and manifest.space.key == path.name:
            return manifest.space
    return None


def _entries(folder: Path) -> list[Path]:
    """In order of their names; none where it went meanwhile."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
