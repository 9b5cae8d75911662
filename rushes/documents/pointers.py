"""Pointer files: the latest `ok` document of a task or of a logical key, without a scan.

Each knows how to be read with distrust, and how to be replaced in steps of which any may be the
last. `Untrusted` means that only a scan of the stage can give the answer.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from rushes.documents import identity
from rushes.documents.durable import make_folder, sync_folder, write_temporary
from rushes.documents.model import Document
from rushes.documents.seal import is_sealed, seal
from rushes.errors import InvalidRequestError

Order = tuple[datetime, str]
"""(created_at, doc_id): the greatest names the latest document."""


class PointerKind(StrEnum):
    """What a pointer answers for; the value is the name of its folder in the stage."""

    TASK = "_by_task"
    LOGICAL_KEY = "_by_logical"

    def key_of(self, document: Document) -> str:
        return document.task_id if self is PointerKind.TASK else document.logical_key_id


class Untrusted(Exception):  # noqa: N818 - a finding about a cache, caught before any caller
    """A pointer, or the folder that should hold it, is missing, damaged or half written."""


@dataclass(frozen=True)
class PointerFolder:
    """`<stage>/_by_task` or `<stage>/_by_logical`: 256 shards by the first byte of the hash."""

    stage_path: Path
    kind: PointerKind

    @property
    def path(self) -> Path:
        return self.stage_path / self.kind.value

    def pointer_path(self, key: str) -> Path:
        digest = hashlib.sha256(key.encode()).hexdigest()
        return self.path / digest[:2] / f"{digest}.json"

    def read(self, key: str) -> Order | None:
        """What the pointer of `key` names, None where there is none. Raises Untrusted."""
        path = self.pointer_path(key)
        if not is_sealed(self.path):
            raise Untrusted
        if not is_sealed(path.parent):
            if path.parent.exists():
                raise Untrusted
            return None  # a sealed parent vouches for the shards that it lacks
        return read_pointer(path, key) if path.exists() else None

    def prepare(self, document: Document) -> PreparedPointer:
        """Writes the new pointer beside the old one, which breaks the shard's seal durably."""
        key = self.kind.key_of(document)
        target = self.pointer_path(key)
        try:
            make_folder(target.parent)
            temporary = write_pointer(target, key, document.order)
        except OSError:
            if target.parent.is_dir():
                self.seal_shard(target.parent)  # nothing changed after all
            raise
        sync_folder(target.parent)
        return PreparedPointer(self, temporary, target)

    def seal_shard(self, shard: Path) -> None:
        """Makes a finished change of `shard` durable, then trusted."""
        sync_folder(shard)
        seal(shard)
        if not is_sealed(self.path):  # the shard was new
            sync_folder(self.path)
            seal(self.path)


@dataclass(frozen=True)
class PreparedPointer:
    """A pointer that lies ready in a temporary file."""

    folder: PointerFolder
    temporary: Path
    target: Path

    def move(self) -> None:
        self.temporary.replace(self.target)

    def seal(self) -> None:
        self.folder.seal_shard(self.target.parent)

    def abandon(self) -> None:
        """Takes the change back before anything could rely on it."""
        self.temporary.unlink(missing_ok=True)
        self.seal()


def write_pointer(target: Path, key: str, order: Order, *, sync: bool = True) -> Path:
    """A temporary file that holds the pointer and has the modification time that it names."""
    now_ns = time.time_ns() // 1000 * 1000  # some network file systems keep no finer time
    temporary = write_temporary(target, _to_json(key, order, now_ns), sync=sync, mtime_ns=now_ns)
    if temporary.stat().st_mtime_ns != now_ns:  # a coarse file system: go without that check
        temporary.unlink()
        temporary = write_temporary(target, _to_json(key, order, None), sync=sync)
    return temporary


def read_pointer(path: Path, key: str | None = None) -> Order:
    """What an intact pointer names. Raises Untrusted, also where it belongs to another key."""
    try:
        with path.open("rb") as source:
            written_ns = os.fstat(source.fileno()).st_mtime_ns
            row = json.load(source)
        order = (datetime.fromisoformat(row["created_at"]), identity.checked_doc_id(row["doc_id"]))
        intact = row["mtime_ns"] in (written_ns, None) and key in (row["key"], None)
    except (OSError, ValueError, LookupError, TypeError, InvalidRequestError) as error:
        raise Untrusted from error
    if not intact or order[0].tzinfo is None:
        raise Untrusted
    return order


def _to_json(key: str, order: Order, mtime_ns: int | None) -> bytes:
    created_at, doc_id = order
    row = {
        "key": key,
        "doc_id": doc_id,
        "created_at": created_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "mtime_ns": mtime_ns,
    }
    return json.dumps(row).encode()
