"""Files that hash to what their manifest says, and still make no generation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from generation_making import (
    assert_holds,
    draft,
    recover,
    two_generations,
)

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.faiss_library import faiss_library
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.hashed_file import hashed_file
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
)
from rushes.vectors.generations.verification import verify


@pytest.mark.parametrize(
    "changes",
    [
        {"dimension": 32},
        {"kind": EmbeddingKind.FACE},
        {"model": "another"},
        {"model_version": "2"},
        {"name": "g00000000000000000002-01234567"},
        {"count": 299},
        {"tombstones": 0},
        {"id_bytes": 1},
        {"index_type": IndexType.IVF},
        {"files": {}},
    ],
)
def test_a_whole_manifest_that_says_something_else_is_found(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    folder, _, current = two_generations(tmp_path)
    _say(folder, current, **changes)
    with pytest.raises(GenerationDamagedError):
        verify(folder, current)
    base, told = recover(folder)
    assert_holds(base, draft(1))
    assert [name for name, _ in told] == [current]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        (ORDER, np.zeros(300, "<i4")),
        (ORDER, np.arange(300, dtype="<i4")),
        (ORDER, np.arange(1, 301, dtype="<i4")),
        (RUN_OF, np.full(300, 3, "<i4")),
        (RUN_OF, np.full(300, -1, "<i4")),
        (TOMBSTONES, np.full(38, 0xFF, "u1")),
        (IDS, np.zeros(300 * 7, "u1")),
        (IDS, np.full(300 * 7, 0xE4, "u1")),
        (RUNS, np.frombuffer(b'{"no": "list"}', "u1")),
        (RUNS, np.frombuffer(b"[1, 2, 3]", "u1")),
        (RUNS, np.frombuffer(b"[" * 100_000, "u1")),
    ],
)
def test_files_that_are_as_written_but_do_not_fit_together_are_found(
    tmp_path: Path, file: str, content: np.ndarray[Any, Any]
) -> None:
    folder, _, current = two_generations(tmp_path)
    _put(folder, current, file, content.tobytes())
    with pytest.raises(GenerationDamagedError, match=f"{current}/{file}"):
        verify(folder, current)


@pytest.mark.parametrize("kind", ["dimension", "count", "metric", "cells", "no index"])
def test_an_index_of_another_shape_is_found(tmp_path: Path, kind: str) -> None:
    faiss = faiss_library()
    folder, _, current = two_generations(tmp_path, IndexType.IVF)
    made: Any = draft(2, kind=IndexType.IVF).index
    if kind == "dimension":
        made = faiss.index_factory(8, "IVF4,Flat", faiss.METRIC_INNER_PRODUCT)
    elif kind == "count":
        made.reset()
    elif kind == "metric":
        made.metric_type = faiss.METRIC_L2
    elif kind == "cells":
        _say(folder, current, nlist=5)
    data = b"no index" if kind == "no index" else faiss.serialize_index(made).tobytes()
    _put(folder, current, INDEX, data)
    with pytest.raises(GenerationDamagedError, match=f"{current}/{INDEX}"):
        verify(folder, current)


def test_positions_that_an_index_does_not_have_are_found(tmp_path: Path) -> None:
    """IVF holds a position for each vector, and finds the vector by it."""
    folder, _, current = two_generations(tmp_path, IndexType.IVF)
    made = draft(2, kind=IndexType.IVF).index
    made.reset()
    made.add_with_ids(np.zeros((300, 16), np.float32), np.arange(300) + 1)
    _put(folder, current, INDEX, faiss_library().serialize_index(made).tobytes())
    with pytest.raises(GenerationDamagedError, match=f"{current}/{INDEX}"):
        verify(folder, current)


def _say(folder: SpaceFolder, generation: str, **changes: Any) -> None:
    """Write a manifest that is whole and says something else."""
    path = folder.generation(generation) / MANIFEST
    path.write_bytes(Manifest.from_bytes(path.read_bytes()).model_copy(update=changes).to_bytes())


def _put(folder: SpaceFolder, name: str, file: str, content: bytes) -> None:
    """Write a file, and a manifest that knows its bytes."""
    path = folder.generation(name) / file
    path.unlink()
    with hashed_file(path) as out:
        out.write(content)
    manifest = Manifest.from_bytes((path.parent / MANIFEST).read_bytes())
    record: FileRecord = out.record
    _say(folder, name, files={**manifest.files, file: record})
