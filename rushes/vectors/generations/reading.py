"""The files of a generation, mapped into memory and checked for what costs nothing."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.faiss_library import faiss_library
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import (
    FILES,
    IDS,
    INDEX,
    MANIFEST,
    ORDER,
    RUN_OF,
    RUNS,
    TOMBSTONES,
    IndexType,
    Manifest,
)
from rushes.vectors.live.base import Base

_LARGEST_MANIFEST_BYTES: Final = 2**20


@dataclass(frozen=True, slots=True)
class ReadManifest:
    """A manifest and the SHA-256 of its file, hexadecimal."""

    manifest: Manifest
    sha256: str


def read_manifest(folder: SpaceFolder, name: str) -> ReadManifest:
    """GenerationDamagedError where it is not the manifest of that generation of that space."""
    path = folder.generation(name) / MANIFEST
    with damage_of(path), path.open("rb") as file:
        data = file.read(_LARGEST_MANIFEST_BYTES)
    with damage_of(path):
        manifest = Manifest.from_bytes(data)
        if manifest.to_bytes() != data:
            raise GenerationDamagedError("other bytes than were written")
        if manifest.name != name:
            raise GenerationDamagedError(f"of another generation, {manifest.name}")
        if manifest.space != folder.space:
            raise GenerationDamagedError(f"of another space, {manifest.space}")
        if set(manifest.files) != set(FILES):
            raise GenerationDamagedError("of other files than a generation has")
    return ReadManifest(manifest, hashlib.sha256(data).hexdigest())


def has_all_its_bytes(folder: SpaceFolder, manifest: Manifest) -> bool:
    """Whether the files are there and as large as they were, whatever they hold."""
    at = folder.generation(manifest.name)
    try:
        return all(
            (at / file).stat().st_size == record.size for file, record in manifest.files.items()
        )
    except OSError:
        return False


def mapped(folder: SpaceFolder, manifest: Manifest) -> Base:
    """The generation as it is searched; its files may be removed meanwhile.

    GenerationDamagedError where a file is not what the manifest says in size, shape or kind.
    What lies in the files has to be verified before.
    """
    at, count = folder.generation(manifest.name), manifest.count
    return Base(
        manifest=manifest,
        index=_index(at / INDEX, manifest),
        ids=_array(at / IDS, f"S{manifest.id_bytes}", count),
        order=_array(at / ORDER, "<i4", count),
        run_of=_array(at / RUN_OF, "<i4", count),
        run_ids=_run_ids(at / RUNS),
        buried=_array(at / TOMBSTONES, "u1", (count + 7) // 8),
    )


@contextmanager
def damage_of(path: Path) -> Iterator[None]:
    """Whatever goes wrong with a file is damage: GenerationDamagedError that names it."""
    file = f"{path.parent.name}/{path.name}"
    try:
        yield
    except FileNotFoundError as error:
        raise GenerationDamagedError(f"{file} is missing") from error
    except OSError as error:
        raise GenerationDamagedError(f"{file} cannot be read: {error.strerror}") from error
    except GenerationDamagedError as error:
        raise GenerationDamagedError(f"{file}: {error.message}") from error
    except (RuntimeError, ValueError) as error:  # of FAISS and NumPy; RecursionError of JSON
        raise GenerationDamagedError(f"{file} cannot be read: {error}") from error


def _index(path: Path, manifest: Manifest) -> Any:
    faiss = faiss_library()
    with damage_of(path):
        _read_ahead(path)
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC | faiss.IO_FLAG_READ_ONLY)
        if (index.ntotal, index.d) != (manifest.count, manifest.dimension):
            raise GenerationDamagedError(
                f"{index.ntotal} vectors of {index.d} dimensions, not {manifest.count}"
                f" of {manifest.dimension}"
            )
        is_ivf = isinstance(index, faiss.IndexIVF)
        if is_ivf != (manifest.index_type is IndexType.IVF):
            raise GenerationDamagedError(f"it is no index of type {manifest.index_type}")
        if is_ivf and index.nlist != manifest.nlist:
            raise GenerationDamagedError(f"{index.nlist} cells, not {manifest.nlist}")
        if index.metric_type != faiss.METRIC_INNER_PRODUCT:
            raise GenerationDamagedError("it does not compare by inner products")
        if is_ivf:
            index.make_direct_map(True)  # without it no vector is found by its position
    return index


def _read_ahead(path: Path) -> None:
    """Where the system can do it: a search that touches page by page would wait for each one."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)


def _array(path: Path, dtype: str, count: int) -> NDArray[Any]:
    """A read-only map of a file of that many elements. A file of no bytes cannot be mapped."""
    with damage_of(path):
        size, expected = path.stat().st_size, count * np.dtype(dtype).itemsize
        if size != expected:
            raise GenerationDamagedError(f"{size} bytes, not {expected}")
        if not count:
            return np.zeros(0, dtype)
        return np.asarray(np.memmap(path, dtype, "r", shape=(count,)))


def _run_ids(path: Path) -> tuple[str, ...]:
    with damage_of(path):
        run_ids = json.loads(path.read_bytes())
        if not isinstance(run_ids, list) or not all(isinstance(each, str) for each in run_ids):
            raise GenerationDamagedError("no list of runs")
    return tuple(run_ids)
