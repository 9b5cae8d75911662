"""Whether an index answers what comparing all vectors of Postgres answers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sqlalchemy import Engine

from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.opening import open_generation
from rushes.vectors.live.base import Base
from rushes.vectors.live.live_index import LiveIndex
from rushes.vectors.live.view import View


def opened(folder: SpaceFolder) -> Base:
    """The generation that counts."""
    name = folder.current()
    assert name is not None
    return open_generation(folder, name)


def view_of(engine: Engine, base: Base) -> View:
    """The generation with every change since, as a process searches it."""
    return LiveIndex(engine, base.manifest.space, lambda: base).begin_with(base)


def check_holds(view: View, truth: Mapping[str, bytes]) -> None:
    """The view has exactly these vectors, and finds each by itself; `truth` by embedding id."""
    assert view.count == len(truth)
    for embedding_id, vector in truth.items():
        ours = view.vector(embedding_id)
        assert ours is not None
        assert ours.astype("<f4").tobytes() == vector
        (nearest,) = view.search(np.frombuffer(vector, "<f4"), 1)
        assert truth[nearest.embedding_id] == vector


def check_answers(view: View, truth: Mapping[str, bytes], query: np.ndarray, most: int) -> None:
    """A search finds what brute force finds, scores included."""
    ids = sorted(truth)
    matrix = np.stack([np.frombuffer(truth[each], "<f4") for each in ids]) if ids else None
    scores = np.zeros(0) if matrix is None else matrix @ query
    expected = sorted(zip((-scores).tolist(), ids, strict=True))[:most]
    found = view.search(query, most)
    assert [each.embedding_id for each in found] == [embedding_id for _, embedding_id in expected]
    np.testing.assert_allclose([each.score for each in found], [-s for s, _ in expected], atol=1e-5)
