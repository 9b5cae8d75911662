"""Films of a few moments, each with a text and a face that follow from the film's number."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from rushes.artifacts.vocabulary import EmbeddingKind
from scripts.benchmarks.vectors_made import Rows, unit

FACE_DIMENSION: Final = 128
MOMENTS: Final = 4
"""Of a film, each with a text and a face."""
WORDS: Final = 12
"""Of a text, by chance: no two moments say the same."""


@dataclass(frozen=True, slots=True)
class Film:
    """`number`: of all films; what it holds follows from it."""

    number: str

    @property
    def asset_id(self) -> str:
        return f"film-{self.number}"

    def run_id(self, kind: EmbeddingKind) -> str:
        """The run that made its moments of that kind."""
        return f"run-{self.number}-{kind}"

    def artifact_id(self, kind: EmbeddingKind, place: int) -> str:
        """Of one moment."""
        return f"a-{self.number}-{kind}-{place}"

    def artifacts(self, kind: EmbeddingKind) -> list[str]:
        """Of all its moments."""
        return [self.artifact_id(kind, place) for place in range(MOMENTS)]

    def text(self, place: int) -> str:
        """What is said there."""
        chance = random.Random(f"{self.number} {place}")
        return " ".join(chance.choice(vocabulary()) for _ in range(WORDS))

    def face(self, place: int) -> Rows:
        """(128,), of length one."""
        seed = [*self.artifact_id(EmbeddingKind.FACE, place).encode()]
        made = np.random.default_rng(seed).standard_normal((1, FACE_DIMENSION), np.float32)
        return np.asarray(unit(made)[0])


@cache
def vocabulary() -> tuple[str, ...]:
    """Words that the model knows."""
    return tuple(_WORDS.split())


_WORDS = """
harbour river lantern bridge valley engine rope island current pilot customs house street dancer
violin kitchen garden winter summer morning evening train station platform letter doctor hospital
teacher school window mountain snow desert camel tiger elephant airplane runway soldier war peace
king castle sword horse farmer wheat bread cheese wine glass table chair painter canvas museum
statue market fish boat sail storm thunder lightning rain umbrella coat shoe factory worker strike
police thief jewel bank money coin tax judge prison guard dog cat bird nest forest fire smoke
chimney roof brick wall road truck wheel bicycle race football goal referee crowd concert guitar
drum singer microphone camera film actor mirror dress wedding church bell candle funeral grave
"""
