"""How alike a vector is to sets of others: the mean of the few best cosines, not the best one.

One odd face that lies between two people then cannot join them.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

import numpy as np

from rushes.people.faces import Vector

Key = TypeVar("Key", bound=Hashable)


class Likeness(Generic[Key]):
    """Vectors under keys; each key's score is the mean of its `compared` best cosines.

    Keys come in the order in which they were first added, which also breaks ties.
    """

    def __init__(self, dimension: int, compared: int) -> None:
        self._compared = compared
        self._vectors: Vector = np.zeros((16, dimension), dtype=np.float32)
        self._labels = np.zeros(16, dtype=np.int64)
        self._size = 0
        self._numbers: dict[Key, int] = {}
        self._keys: list[Key] = []

    def add(self, key: Key, vector: Vector) -> None:
        """Put `vector` under `key`."""
        if self._size == len(self._labels):
            self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
            self._labels = np.concatenate([self._labels, np.zeros_like(self._labels)])
        if key not in self._numbers:
            self._numbers[key] = len(self._keys)
            self._keys.append(key)
        self._vectors[self._size] = vector
        self._labels[self._size] = self._numbers[key]
        self._size += 1

    def at_least(self, vector: Vector, threshold: float) -> list[tuple[float, Key]]:
        """(score, key) of each key that reaches `threshold`, best first."""
        if not self._size:
            return []
        cosines = self._vectors[: self._size] @ vector
        labels = self._labels[: self._size]
        best = np.full(len(self._keys), -1.0)
        np.maximum.at(best, labels, cosines)
        # A mean never passes the best: only these few need to be looked at.
        scored = [
            (self._mean_of_best(cosines[labels == number]), number)
            for number in np.flatnonzero(best >= threshold)
        ]
        reached = [(score, int(number)) for score, number in scored if score >= threshold]
        ordered = sorted(reached, key=lambda each: (-each[0], each[1]))
        return [(score, self._keys[number]) for score, number in ordered]

    def closest(self, vector: Vector, keys: Sequence[Key]) -> Key:
        """Of `keys`, the one with the single most similar vector; the first where none has any."""
        known = [key for key in keys if key in self._numbers]
        if not known:
            return keys[0]
        cosines, labels = self._vectors[: self._size] @ vector, self._labels[: self._size]
        return max(known, key=lambda key: float(cosines[labels == self._numbers[key]].max()))

    def _mean_of_best(self, cosines: Vector) -> float:
        return float(np.sort(cosines)[-self._compared :].mean())
