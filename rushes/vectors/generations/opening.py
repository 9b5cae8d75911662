"""Opening a generation that is known to be whole."""

from __future__ import annotations

from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.reading import mapped, read_manifest
from rushes.vectors.generations.stamps import is_stamped, states_of
from rushes.vectors.generations.verification import check_unchanged, verify
from rushes.vectors.live.base import Base


def open_generation(folder: SpaceFolder, name: str) -> Base:
    """The generation, its files mapped: at once where its stamp fits, else after `verify`.

    Raises GenerationDamagedError, and VectorsUnavailableError where FAISS is not installed.
    """
    at = folder.generation(name)
    before = states_of(at)
    read = read_manifest(folder, name)
    if not is_stamped(folder, name, read.sha256, before):
        verify(folder, name)
    base = mapped(folder, read.manifest)
    check_unchanged(at, before)
    return base
