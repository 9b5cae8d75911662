"""Writing a generation: all its files under a temporary name, then its name, then CURRENT."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import rushes
from rushes.documents.durable import (
    CrashPoints,
    make_folder,
    no_crash_points,
    storage_errors,
    sync_folder,
)
from rushes.errors import InvalidRequestError, RushesError, StorageError
from rushes.vectors.faiss_library import faiss_library
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.hashed_file import hashed_file
from rushes.vectors.generations.keeping import kept_beside
from rushes.vectors.generations.manifest import (
    IDS,
    INDEX,
    MANIFEST,
    ORDER,
    RUN_OF,
    RUNS,
    TOMBSTONES,
    FileRecord,
    IndexType,
    Manifest,
    RecallPoint,
)
from rushes.vectors.live.bits import Bits, bit_count, packed, unpacked
from rushes.vectors.space import EmbeddingSpace

log = logging.getLogger(__name__)
_INDEX_BLOCK_BYTES: Final = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Draft:
    """What a generation is to hold. Positions are places in `ids`, `run_of` and `index`.

    `index`: a FAISS index of inner products. `run_of`: each position's place in `run_ids`.
    `buried`: a bit a position, set where the embedding is gone; an id may stand at several
    positions if all but one are buried. The rest is as in `Manifest`.
    """

    space: EmbeddingSpace
    index: Any
    ids: Sequence[str]
    run_of: NDArray[np.int32]
    run_ids: Sequence[str]
    buried: Bits
    first_seq: int
    applied_seq: int
    compacted_seq: int
    index_type: IndexType
    nlist: int
    nprobe: int
    recall_at_10: float
    recall_curve: Sequence[RecallPoint]
    flat_milliseconds: float | None
    database: str
    reason: str
    anchor: int | None = None

    @property
    def is_built(self) -> bool:
        """Whether all of it was read from Postgres; else it goes on from a generation."""
        return self.compacted_seq == self.applied_seq


def write_generation(
    folder: SpaceFolder, draft: Draft, *, crash_points: CrashPoints = no_crash_points
) -> Manifest:
    """Write and publish a generation; its caller holds the folder's lock.

    One that is whole is kept beside it, or two of which neither is known to be (see
    `kept_beside`); others and what dead writers left are removed.
    Raises StorageError (`disk_full`, `storage`), and nothing is published then;
    InvalidRequestError `bad_embedding_id`; ValueError where the parts do not fit together.
    """
    parts = _parts(draft, folder.space)
    name = folder.new_name(draft.applied_seq)
    with storage_errors(folder.path):
        make_folder(folder.path)
        _make_room(folder)
        kept = kept_beside(folder, draft.database, draft.applied_seq, may_read=draft.is_built)
        with _nothing_left_on_failure(folder, name):
            records = _write_files(folder.being_written(name), draft, parts, crash_points)
            manifest = _manifest(name, draft, parts, records)
            _write_manifest(folder.being_written(name), manifest, crash_points)
            folder.being_written(name).rename(folder.generation(name))
            crash_points("generation named")
            sync_folder(folder.path)
            folder.replace_current(name, crash_points)
        sync_folder(folder.path)
        crash_points("generation published")
    _retire(folder, {name, *kept}, crash_points)
    return manifest


@dataclass(frozen=True, slots=True)
class _Parts:
    """The arrays as they are written."""

    ids: NDArray[np.bytes_]
    order: NDArray[np.int32]
    run_of: NDArray[np.int32]
    buried: Bits

    @property
    def by_name(self) -> dict[str, NDArray[Any]]:
        return {
            IDS: self.ids,
            ORDER: self.order,
            RUN_OF: self.run_of,
            TOMBSTONES: self.buried,
        }


def _parts(draft: Draft, space: EmbeddingSpace) -> _Parts:
    ids = _encoded(draft.ids)
    count = len(ids)
    run_of = np.asarray(draft.run_of, "<i4")
    if draft.space != space or draft.index.d != space.dimension:
        raise ValueError(f"a generation of {draft.space} in the folder of {space}")
    if {draft.index.ntotal, len(run_of)} != {count} or len(draft.buried) != (count + 7) // 8:
        raise ValueError(
            f"{count} ids, {draft.index.ntotal} vectors, {len(run_of)} places of runs,"
            f" {len(draft.buried)} bytes of tombstones"
        )
    if count and not 0 <= run_of.min() <= run_of.max() < len(draft.run_ids):
        raise ValueError(f"a place of a run outside of the {len(draft.run_ids)} runs")
    buried = unpacked(draft.buried, count)
    return _Parts(ids, _order(ids, buried), run_of, packed(buried))


def _encoded(ids: Sequence[str]) -> NDArray[np.bytes_]:
    """Bytes of one length. A NUL is what the shorter ones are filled up with."""
    whole = "".join(ids)
    if not whole.isascii() or "\x00" in whole or not all(ids):
        bad = next(each for each in ids if not each or not each.isascii() or "\x00" in each)
        raise _bad_id(bad, "is empty, not ASCII or holds NUL")
    return np.array(ids, np.bytes_) if len(ids) else np.zeros(0, "S1")


def _order(ids: NDArray[np.bytes_], buried: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Positions by their ids; where an id stands more than once, the one that is not buried
    comes first: it is the one that looking up the id has to find.
    """
    order = np.argsort(ids, kind="stable")
    ordered = ids[order]
    if (ordered[1:] == ordered[:-1]).any():
        order = np.lexsort((buried, ids))
        ordered, gone = ids[order], buried[order]
        twice = (ordered[1:] == ordered[:-1]) & ~gone[1:]
        if twice.any():
            raise _bad_id(bytes(ordered[1:][twice][0]).decode(), "stands there twice")
    return order.astype("<i4")


def _bad_id(embedding_id: str, what: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"the embedding id {embedding_id!r} {what}",
        code="bad_embedding_id",
        remedy="delete that embedding and analyse its film again",
    )


@contextmanager
def _nothing_left_on_failure(folder: SpaceFolder, name: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        if not folder.may_be_current(name):
            shutil.rmtree(folder.being_written(name), ignore_errors=True)
            with suppress(OSError, RushesError):
                folder.remove([name])
        raise


def _write_files(
    at: Path, draft: Draft, parts: _Parts, crash_points: CrashPoints
) -> dict[str, FileRecord]:
    at.mkdir()
    records = {INDEX: _write_index(at / INDEX, draft.index)}
    crash_points("index written")
    contents = {name: array.tobytes() for name, array in parts.by_name.items()}
    contents[RUNS] = json.dumps(list(draft.run_ids)).encode()
    for name, content in contents.items():
        with hashed_file(at / name) as file:
            file.write(content)
        records[name] = file.record
        crash_points(f"{name} written")
    return records


def _write_index(path: Path, index: Any) -> FileRecord:
    """Through a file of ours: FAISS's own is closed without a look at what that returns."""
    faiss = faiss_library()
    with hashed_file(path) as file:
        try:
            faiss.write_index(index, faiss.PyCallbackIOWriter(file.write, _INDEX_BLOCK_BYTES))
        except RuntimeError as error:
            raise StorageError(f"{path}: FAISS could not write the index: {error}") from error
    return file.record


def _write_manifest(at: Path, manifest: Manifest, crash_points: CrashPoints) -> None:
    with hashed_file(at / MANIFEST) as file:
        file.write(manifest.to_bytes())
    crash_points(f"{MANIFEST} written")
    sync_folder(at)
    crash_points("all files durable")


def _manifest(name: str, draft: Draft, parts: _Parts, records: dict[str, FileRecord]) -> Manifest:
    space = draft.space
    return Manifest(
        name=name,
        kind=space.kind,
        model=space.model,
        model_version=space.model_version,
        dimension=space.dimension,
        database=draft.database,
        anchor=draft.anchor,
        count=len(parts.ids),
        tombstones=bit_count(parts.buried),
        first_seq=draft.first_seq,
        applied_seq=draft.applied_seq,
        compacted_seq=draft.compacted_seq,
        index_type=draft.index_type,
        nlist=draft.nlist,
        nprobe=draft.nprobe,
        recall_at_10=draft.recall_at_10,
        recall_curve=tuple(draft.recall_curve),
        flat_milliseconds=draft.flat_milliseconds,
        id_bytes=parts.ids.itemsize,
        files=records,
        reason=draft.reason,
        created_at=datetime.now(UTC),
        rushes_version=rushes.__version__,
        faiss_version=faiss_library().__version__,
    )


def _make_room(folder: SpaceFolder) -> None:
    """A disk that is full of what the dead left would stay full."""
    try:
        folder.remove_leftovers()
    except StorageError as error:
        log.warning("%s: leftovers are still there: %s", folder.space.key, error)


def _retire(folder: SpaceFolder, keep: set[str], crash_points: CrashPoints) -> None:
    """The new one is published whether or not the old ones can be removed."""
    try:
        folder.sweep(keep, crash_points=crash_points)
    except StorageError as error:
        log.warning("%s: old generations are still there: %s", folder.space.key, error)
    crash_points("old generations removed")
