"""Made vectors: unit ones around centres, some clusters far larger than others, by a seed.

Spread and spectrum are such that an IVF index needs about the same share of its cells for a recall
of 0.95 as it does on embeddings of real text; smaller ones make it far too easy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
DIMENSION: Final = 384
CLUSTERS: Final = 1_000
SPREAD: Final = 1.0
"""Length of the noise beside a centre of length one."""
DECAY: Final = 0.5
"""How fast dimensions count less: the i-th by i to the power of minus this."""
BLOCK: Final = 10_000


def centres(seed: int, dimension: int = DIMENSION) -> Rows:
    """(CLUSTERS, dimension), of length one."""
    return unit(_noise(np.random.default_rng(seed), (CLUSTERS, dimension)))


def clustered(count: int, seed: int, dimension: int = DIMENSION) -> Iterator[Rows]:
    """Blocks of unit vectors, `count` together; the clusters' sizes fall as 1/rank."""
    middle, chance = centres(seed, dimension), np.random.default_rng([seed, 1])
    for first in range(0, count, BLOCK):
        rows = min(BLOCK, count - first)
        yield beside(middle[_clusters(chance, rows)], chance)


def questions(count: int, seed: int, dimension: int = DIMENSION) -> Rows:
    """Of the same kind, and none of them in `clustered`."""
    middle, chance = centres(seed, dimension), np.random.default_rng([seed, 2])
    return beside(middle[_clusters(chance, count)], chance)


def beside(middle: Rows, chance: np.random.Generator) -> Rows:
    """Unit vectors near these."""
    rows, dimension = middle.shape
    return unit(middle + np.float32(SPREAD) * _noise(chance, (rows, dimension)))


def unit(rows: Rows) -> Rows:
    """The same directions, of length one."""
    made: Rows = rows / np.linalg.norm(rows, axis=1, keepdims=True).astype(np.float32)
    return made


def _clusters(chance: np.random.Generator, rows: int) -> NDArray[np.int64]:
    share = 1 / np.arange(1, CLUSTERS + 1)
    return chance.choice(CLUSTERS, rows, p=share / share.sum())


def _noise(chance: np.random.Generator, shape: tuple[int, int]) -> Rows:
    """Of length one on average."""
    scale = np.arange(1, shape[1] + 1, dtype=np.float32) ** np.float32(-DECAY)
    made: Rows = chance.standard_normal(shape, np.float32) * (scale / np.linalg.norm(scale))
    return made
