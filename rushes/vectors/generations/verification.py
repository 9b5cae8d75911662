"""Whether a generation holds what was written: every byte hashed, every number compared."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import (
    FILES,
    IDS,
    ORDER,
    RUN_OF,
    TOMBSTONES,
    FileRecord,
    Manifest,
)
from rushes.vectors.generations.reading import damage_of, mapped, read_manifest
from rushes.vectors.generations.stamps import (
    FileState,
    States,
    remove_stamp,
    states_of,
    write_stamp,
)
from rushes.vectors.live.base import Base
from rushes.vectors.live.bits import bit_count, unpacked

Clock = Callable[[], int]
"""ns since 1970."""
_BLOCK_BYTES: Final = 2**20


def verify(folder: SpaceFolder, name: str, *, clock: Clock = time.time_ns) -> Manifest:
    """Read all of a generation, stamp it, and remember it in `folder`; its manifest.

    GenerationDamagedError names the file and what is wrong with it; the stamp is gone then.
    """
    try:
        return _verified(folder, name, clock)
    except GenerationDamagedError:
        folder.verified.pop(name, None)
        remove_stamp(folder, name)
        raise


def _verified(folder: SpaceFolder, name: str, clock: Clock) -> Manifest:
    at, began = folder.generation(name), clock()
    before = states_of(at)
    read = read_manifest(folder, name)
    for file in FILES:
        _check_bytes(at / file, read.manifest.files[file])
    _check_content(mapped(folder, read.manifest), at)
    check_unchanged(at, before)
    folder.verified[name] = before
    write_stamp(folder, name, read.sha256, before, began)
    return read.manifest


def check_unchanged(generation: Path, before: States) -> None:
    """GenerationDamagedError where a file is in another state than it was."""
    now = states_of(generation)
    changed = [file for file, state in before.items() if now[file] != state]
    if changed:
        raise GenerationDamagedError(
            f"{generation.name}/{changed[0]} was changed while it was being read"
        )


def _check_bytes(path: Path, record: FileRecord) -> None:
    with damage_of(path), path.open("rb", buffering=0) as file:
        size = FileState.of(os.fstat(file.fileno())).size
        if size != record.size:
            raise GenerationDamagedError(f"{size} bytes, not {record.size}")
        digest, block = hashlib.sha256(), bytearray(_BLOCK_BYTES)
        while count := file.readinto(block):
            digest.update(memoryview(block)[:count])
        if digest.hexdigest() != record.sha256:
            raise GenerationDamagedError("its bytes are not those that were written (SHA-256)")


def _check_content(base: Base, at: Path) -> None:
    """What no hash tells: whether files that are all as written fit together."""
    with damage_of(at / IDS):
        if base.count and (not base.ids.all() or base.ids.view(np.uint8).max() > 0x7F):
            raise GenerationDamagedError("an id that is empty or not ASCII")
    with damage_of(at / ORDER):
        _check_order(base)
    with damage_of(at / RUN_OF):
        if base.count and not 0 <= base.run_of.min() <= base.run_of.max() < len(base.run_ids):
            raise GenerationDamagedError(f"a place outside of the {len(base.run_ids)} runs")
    with damage_of(at / TOMBSTONES):
        buried = int(np.count_nonzero(unpacked(base.buried, base.count)))
        if {buried, bit_count(base.buried)} != {base.manifest.tombstones}:
            raise GenerationDamagedError(f"{buried} set, not {base.manifest.tombstones}")


def _check_order(base: Base) -> None:
    order, count = base.order, base.count
    if not count:
        return
    if order.min() < 0 or order.max() >= count:
        raise GenerationDamagedError(f"a position outside of the {count}")
    is_there = np.zeros(count, np.bool_)
    is_there[order] = True
    if not is_there.all():
        raise GenerationDamagedError("a position is missing")
    ordered = base.ids[order]
    if (ordered[1:] < ordered[:-1]).any():
        raise GenerationDamagedError("the positions are not in order of their ids")
