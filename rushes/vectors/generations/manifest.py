"""What a generation says of itself, and of each of its files."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.space import EmbeddingSpace

INDEX: Final = "index.faiss"
"""The vectors, in order of their positions."""
IDS: Final = "ids.bin"
"""The embedding id of each position: `id_bytes` bytes of ASCII, filled up with NUL."""
ORDER: Final = "order.bin"
"""The positions (int32) in order of their ids, to find one by."""
RUN_OF: Final = "run_of.bin"
"""The run of each position (int32), as its place in `runs.json`."""
RUNS: Final = "runs.json"
"""The run ids."""
TOMBSTONES: Final = "tombstones.bin"
"""A bit a position, the lowest of a byte first: 1 where the embedding is gone."""
FILES: Final = (INDEX, IDS, ORDER, RUN_OF, RUNS, TOMBSTONES)
MANIFEST: Final = "manifest.json"


class IndexType(StrEnum):
    """How vectors are found: all are compared, or those of the nearest cells."""

    FLAT = "flat"
    IVF = "ivf"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileRecord(_Record):
    """What a file was when it was written. `sha256`: hexadecimal."""

    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class RecallPoint(_Record):
    """At `nprobe` cells: recall@10 against flat, 0..1, and the time of a search on one thread."""

    nprobe: int = Field(ge=1)
    recall: float = Field(ge=0, le=1)
    milliseconds: float = Field(ge=0)


class Manifest(_Record):
    """One generation. `count`: vectors in the index, buried ones (`tombstones`) included.

    Everything of the space up to `applied_seq` is in it. What was deleted up to `compacted_seq`
    is in none of its bytes; what was deleted since may be, under a tombstone. `database` tells the
    Postgres that it was made from, and `anchor` its past. `nlist` and `nprobe` are of IVF, 0 for
    flat.
    """

    format: Literal[1] = 1
    name: str = Field(min_length=1)
    kind: EmbeddingKind
    model: str
    model_version: str
    dimension: int = Field(ge=1)
    database: str
    anchor: int | None = Field(default=None, lt=0)
    count: int = Field(ge=0)
    tombstones: int = Field(ge=0)
    first_seq: int = Field(ge=0)
    applied_seq: int = Field(ge=0)
    compacted_seq: int = Field(ge=0)
    index_type: IndexType
    nlist: int = Field(ge=0)
    nprobe: int = Field(ge=0)
    recall_at_10: float = Field(ge=0, le=1)
    recall_curve: tuple[RecallPoint, ...] = ()
    flat_milliseconds: float | None = None
    id_bytes: int = Field(ge=1)
    files: dict[str, FileRecord]
    reason: str
    created_at: datetime
    rushes_version: str
    faiss_version: str

    @property
    def space(self) -> EmbeddingSpace:
        """Which vectors are in it."""
        return EmbeddingSpace(self.kind, self.model, self.model_version, self.dimension)

    @property
    def size(self) -> int:
        """Bytes of all its files but this one."""
        return sum(each.size for each in self.files.values())

    def to_bytes(self) -> bytes:
        """JSON with a checksum of itself: a flipped digit is no other manifest but none."""
        content = self.model_dump(mode="json")
        return json.dumps({**content, "checksum": _checksum(content)}, indent=1).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """GenerationDamagedError where they are not what `to_bytes` wrote."""
        try:
            content = json.loads(data)
            checksum = content.pop("checksum")
            if checksum != _checksum(content):
                raise ValueError("its checksum is another")
            return cls.model_validate(content)
        except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
            raise GenerationDamagedError(f"the manifest cannot be read: {error}") from error


def _checksum(content: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
