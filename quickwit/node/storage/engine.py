"""The node's engine: every index of a data directory."""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from quickwit.node.engine import (
    CommitMode,
    DeleteTask,
    IndexMetadata,
    IndexStats,
    IngestReport,
    SearchAnswer,
    SearchRequest,
    Split,
)
from quickwit.node.log.files import sync_folder
from quickwit.node.mapping.config import IndexConfig
from quickwit.node.messages import ApiError, BadRequestError, NotFoundError
from quickwit.node.storage import metadata, searching
from quickwit.node.storage.committer import Committer
from quickwit.node.storage.data_directory import DataDirectory
from quickwit.node.storage.index import MAX_UNCOMMITTED_BYTES, StoredIndex
from quickwit.node.storage.sequence import Sequence as Numbers

LOGGER = logging.getLogger(__name__)


class TantivyEngine:
    """Indexes in `<data>/indexes/<index id>`. One process a data directory."""

    def __init__(self, data: Path, max_uncommitted_bytes: int = MAX_UNCOMMITTED_BYTES) -> None:
        """Open every index and replay what was not committed. `DirectoryInUseError` where it is.

        Above `max_uncommitted_bytes` an index takes no more documents until its next commit.
        """
        self._max_uncommitted_bytes = max_uncommitted_bytes
        self._directory = DataDirectory(data)
        self._numbers = Numbers()
        self._lock = threading.Lock()
        self._counted: Counter[str] = Counter()
        self._indexes: dict[str, StoredIndex] = {}
        for folder in self._directory.index_folders():
            self._open_or_set_aside(folder)
        self._is_closed = False
        self._committer = Committer(lambda: list(self._indexes.values()))

    @property
    def is_ready(self) -> bool:
        """Whether it takes requests, and makes visible what it takes."""
        return not self._is_closed and self._committer.is_alive

    def metrics(self) -> Mapping[str, float]:
        """Counters since the start, and what lies there."""
        indexes = list(self._indexes.values())
        counted = {f"search_node_{name}_total": float(self._counted[name]) for name in _COUNTED}
        return {
            **counted,
            "search_node_commits_total": float(
                self._counted["commits"] + sum(one.num_commits for one in indexes)
            ),
            "search_node_indexes": float(len(indexes)),
            "search_node_documents": float(sum(one.snapshot.num_docs for one in indexes)),
        }

    def create_index(self, config: IndexConfig) -> IndexMetadata:
        """Make an empty index, whole or not at all."""
        index_id = config.index_id
        with self._lock:
            if index_id in self._indexes:
                raise BadRequestError(f"index `{index_id}` already exists")
            draft = self._directory.drafts / secrets.token_hex(8)
            draft.mkdir()
            metadata.write_metadata(draft, config)
            folder = self._directory.indexes / index_id
            draft.rename(folder)
            sync_folder(folder.parent)
            self._indexes[index_id] = self._opened(folder)
            return self._indexes[index_id].metadata

    def indexes(self) -> Sequence[IndexMetadata]:
        """Every index, by id."""
        return [index.metadata for _, index in sorted(self._indexes.items())]

    def index(self, index_id: str) -> IndexMetadata:
        """One index."""
        return self._get(index_id).metadata

    def stats(self, index_id: str) -> IndexStats:
        """What is committed of it."""
        snapshot = self._get(index_id).snapshot
        num_docs = snapshot.num_docs
        return IndexStats(num_docs, int(num_docs > 0), snapshot.size_bytes if num_docs else 0)

    def splits(self, index_id: str) -> Sequence[Split]:
        """What is committed, as one split to which every committed delete task was applied."""
        index = self._get(index_id)
        stats, found = self.stats(index_id), index.metadata
        if not stats.num_docs:
            return []
        return [
            Split(
                split_id=f"{found.index_uid.split(':')[1]}-{index.committed}",
                index_uid=found.index_uid,
                num_docs=stats.num_docs,
                size_bytes=stats.size_bytes,
                delete_opstamp=index.committed_opstamp,
                created_at=found.created_at,
            )
        ]

    def clear_index(self, index_id: str) -> None:
        """Remove every document, committed or not."""
        self._get(index_id).clear()

    def delete_index(self, index_id: str) -> None:
        """Remove the index. Its name is free at once; a crash leaves it whole or gone."""
        with self._lock:
            index = self._get(index_id)
            index.close(commit=False)
            del self._indexes[index_id]
            self._counted["commits"] += index.num_commits
            grave = self._directory.drafts / secrets.token_hex(8)
            index.folder.rename(grave)
            sync_folder(self._directory.indexes)
        shutil.rmtree(grave, ignore_errors=True)

    def ingest(self, index_id: str, lines: Sequence[bytes], commit: CommitMode) -> IngestReport:
        """Make documents durable, and visible where that is asked for."""
        index = self._get(index_id)
        report, last = index.ingest(lines)
        self._counted["ingested_documents"] += report.num_ingested
        self._counted["rejected_documents"] += len(report.failures)
        if not last:
            return report
        if commit is CommitMode.FORCE:
            index.commit()
        else:
            self._committer.wake()
            if commit is CommitMode.WAIT_FOR:
                index.wait_committed(last)
        return report

    def create_delete_task(
        self, index_id: str, query: str, search_fields: tuple[str, ...]
    ) -> DeleteTask:
        """Delete what matches now, with the next commit."""
        task = self._get(index_id).create_delete_task(query, search_fields)
        self._counted["delete_tasks"] += 1
        self._committer.wake()
        return task

    def delete_tasks(self, index_id: str) -> Sequence[DeleteTask]:
        """The newest tasks of the index, oldest first."""
        return self._get(index_id).delete_tasks()

    def search(self, index_ids: Sequence[str], request: SearchRequest) -> SearchAnswer:
        """Search committed documents."""
        self._counted["searches"] += 1
        return searching.search([self._get(index_id) for index_id in index_ids], request)

    def close(self) -> None:
        """Commit everything and let the directory go."""
        if self._is_closed:
            return
        self._is_closed = True
        self._committer.end()
        for index in self._indexes.values():
            try:
                index.close(commit=True)
            except ApiError:
                LOGGER.exception("%s is left to the replay of its log", index.folder.name)
        self._directory.close()

    def _open_or_set_aside(self, folder: Path) -> None:
        """Damage of one index is no reason for the others not to be served."""
        try:
            self._indexes[folder.name] = self._opened(folder)
        except (ValueError, KeyError, TypeError, ApiError):
            aside = self._directory.set_aside(folder)
            LOGGER.exception("%s is damaged, it is kept in %s", folder.name, aside)

    def _opened(self, folder: Path) -> StoredIndex:
        return StoredIndex(folder, self._numbers, self._max_uncommitted_bytes)

    def _get(self, index_id: str) -> StoredIndex:
        if index := self._indexes.get(index_id):
            return index
        raise NotFoundError(f"index `{index_id}` not found")


_COUNTED = ("ingested_documents", "rejected_documents", "searches", "delete_tasks")
