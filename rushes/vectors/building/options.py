"""What a generation is made by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from rushes.settings import Settings
from rushes.vectors.cores import cores
from rushes.vectors.space import FLOAT_BYTES

FLAT_LIMIT: Final = 200_000
PAGE_ROWS: Final = 5_000
_PAGE_BYTES: Final = 8 * 2**20


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """`flat_limit`: up to so many vectors all are compared. `recall_target`: recall@10, 0..1, that
    an index of cells has to reach. `seed`: of what is drawn. `threads`: of a build; 0: all cores.
    `page_bytes`: of the vectors that one statement reads.
    """

    flat_limit: int = FLAT_LIMIT
    recall_target: float = 0.95
    seed: int = 0
    threads: int = 0
    page_bytes: int = _PAGE_BYTES

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What the settings say."""
        return cls(flat_limit=settings.vector_flat_limit)

    @property
    def cores(self) -> int:
        """Threads of a build, at least one."""
        return self.threads or cores()

    def page_rows(self, dimension: int) -> int:
        """Vectors of that many values that one statement reads."""
        return max(1, min(PAGE_ROWS, self.page_bytes // (FLOAT_BYTES * dimension)))
