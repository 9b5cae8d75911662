"""The latest documents of one stage: answered from pointers, moved with each `ok` document.

Invariant: a sealed pointer folder equals a fresh scan of the documents. Publishing breaks the
seal first, then makes the document exist, then moves the pointers, then seals again; all under
the stage's lock. So a crash anywhere leaves either the old state or a broken seal, and a broken
seal sends the next lookup to the documents themselves.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rushes.documents.durable import CrashPoints, make_folder, storage_errors, sync_folder
from rushes.documents.model import Document, DocumentStatus
from rushes.documents.pointers import (
    Order,
    PointerFolder,
    PointerKind,
    PreparedPointer,
    Untrusted,
    read_pointer,
    write_pointer,
)
from rushes.documents.seal import seal
from rushes.documents.stage_folder import StageFolder, UnreadableDocument
from rushes.errors import DocumentError

Expected = dict[PointerKind, dict[str, Order]]
"""What every pointer of a stage has to name, by kind and key."""


@dataclass(frozen=True)
class Repair:
    """What a scan of one stage found and changed. Counts of documents and of pointers."""

    expected: Expected
    documents: int = 0
    unreadable: int = 0
    written: int = 0
    removed: int = 0


def expected_pointers(documents: Iterable[Document]) -> Expected:
    """What the pointers have to name: for each key the greatest `ok` document."""
    expected: Expected = {kind: {} for kind in PointerKind}
    for document in documents:
        if document.status is not DocumentStatus.OK:
            continue
        for kind, latest in expected.items():
            key = kind.key_of(document)
            if key not in latest or document.order > latest[key]:
                latest[key] = document.order
    return expected


class LatestDocuments:
    """The pointers of one stage."""

    def __init__(self, stage: StageFolder, crash_points: CrashPoints) -> None:
        self._stage = stage
        self._crash_point = crash_points
        self._folders = {kind: PointerFolder(stage.path, kind) for kind in PointerKind}

    def get(self, kind: PointerKind, key: str) -> Document | None:
        """The latest `ok` document of `key`; scans and repairs the stage where it has to."""
        with storage_errors(self._stage.path):
            try:
                return self._follow(kind, key)
            except Untrusted:
                if not self._stage.path.is_dir():
                    return None
        with self._stage.locked():
            return self._get_locked(kind, key)

    def publish(self, document: Document, metadata: Path) -> None:
        """Makes `document` exist by renaming the temporary `metadata`, and moves its pointers.

        Only under the stage's lock. All that needs space on the disk comes before the rename.
        """
        moving = [kind for kind in PointerKind if self._moves(kind, document)]
        prepared = self._prepare(moving, document)
        target = self._stage.metadata_path(document.doc_id)
        try:
            metadata.replace(target)
        except OSError:
            for pointer in prepared:
                pointer.abandon()
            raise
        self._crash_point("metadata renamed")
        sync_folder(target.parent)
        self._crash_point("document exists")
        for pointer in prepared:
            pointer.move()
            self._crash_point(f"{pointer.folder.kind} moved")
        for pointer in prepared:
            pointer.seal()
            self._crash_point(f"{pointer.folder.kind} sealed")

    def repair(self) -> Repair:
        """Makes all pointers of the stage equal to a fresh scan. Only under the stage's lock."""
        tally: Counter[type] = Counter()
        expected = expected_pointers(self._readable(tally))
        written = removed = 0
        for kind, folder in self._folders.items():
            make_folder(folder.path)
            targets = {folder.pointer_path(key): key for key in expected[kind]}
            removed += self._remove_others(folder, targets)
            written += self._write_missing(folder, targets, expected[kind])
            self._crash_point(f"{kind} repaired")
            self._seal_all(folder)
        return Repair(expected, tally[Document], tally[UnreadableDocument], written, removed)

    def pointer_files(self, kind: PointerKind) -> list[Path]:
        """The pointer files that there are, in order; temporary ones are left out."""
        return sorted(p for p in self._folders[kind].path.glob("*/*") if p.name[0] != ".")

    def pointer_path(self, kind: PointerKind, key: str) -> Path:
        return self._folders[kind].pointer_path(key)

    def _readable(self, tally: Counter[type]) -> Iterator[Document]:
        for row in self._stage.scan():
            tally[type(row)] += 1
            if isinstance(row, Document):
                yield row

    def _follow(self, kind: PointerKind, key: str) -> Document | None:
        order = self._folders[kind].read(key)
        if order is None:
            return None
        try:
            document = self._stage.load(order[1])
        except DocumentError as error:
            raise Untrusted from error
        if document is None or document.status is not DocumentStatus.OK:
            raise Untrusted
        if document.order != order or kind.key_of(document) != key:
            raise Untrusted
        return document

    def _get_locked(self, kind: PointerKind, key: str) -> Document | None:
        try:
            return self._follow(kind, key)
        except Untrusted:
            order = self.repair().expected[kind].get(key)
            return self._stage.load(order[1]) if order else None

    def _moves(self, kind: PointerKind, document: Document) -> bool:
        if document.status is not DocumentStatus.OK:
            return False
        current = self._get_locked(kind, kind.key_of(document))
        return current is None or document.order > current.order

    def _prepare(self, kinds: list[PointerKind], document: Document) -> list[PreparedPointer]:
        prepared: list[PreparedPointer] = []
        try:
            for kind in kinds:
                prepared.append(self._folders[kind].prepare(document))
                self._crash_point(f"{kind} prepared")
        except OSError:
            for pointer in prepared:
                pointer.abandon()
            raise
        return prepared

    def _remove_others(self, folder: PointerFolder, targets: dict[Path, str]) -> int:
        """Removes what no document asks for, and temporary files that a crash left."""
        others = [path for path in folder.path.iterdir() if not path.is_dir()]
        others += [path for path in folder.path.glob("*/*") if path not in targets]
        for path in others:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return sum(path.name[0] != "." for path in others)

    def _write_missing(
        self, folder: PointerFolder, targets: dict[Path, str], orders: dict[str, Order]
    ) -> int:
        """Writes each pointer that is not already right.

        Not each is synced: of a hundred thousand that would take minutes, and one that a power
        cut empties is found damaged and repaired.
        """
        written = 0
        for path, key in targets.items():
            if _names(path, key, orders[key]):
                continue
            make_folder(path.parent)
            write_pointer(path, key, orders[key], sync=False).replace(path)
            written += 1
        return written

    def _seal_all(self, folder: PointerFolder) -> None:
        for shard in folder.path.iterdir():
            sync_folder(shard)
            seal(shard)
        sync_folder(folder.path)
        seal(folder.path)


def _names(path: Path, key: str, order: Order) -> bool:
    try:
        return read_pointer(path, key) == order
    except Untrusted:
        return False
