"""One index: its log, its writer, and what of it is visible.

Every change takes a number (`_seq`), goes into the log, is synced, and only then into the writer.
A commit makes all changes up to a number visible and lets their log go. After a crash the index is
at its last commit: the greatest `_seq` in it, or the checkpoint where deletes took that document
away. What the log has after it is replayed in order, so nothing is lost and nothing is doubled. A
delete is bounded to smaller numbers, so that a replay of it never touches what came later.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import tantivy
from tantivy import Occur, Query

from quickwit.node.engine import DeleteTask, IndexMetadata, IngestReport, ParseFailure
from quickwit.node.log.operations import (
    DocumentAdded,
    DocumentsDeleted,
    IndexCleared,
    Operation,
)
from quickwit.node.log.segments import Log
from quickwit.node.mapping.documents import Checked, DocumentChecker
from quickwit.node.mapping.schema import SEQUENCE, build_analyzers, build_schema
from quickwit.node.messages import ApiError, NotFoundError
from quickwit.node.query_tree.building import QueryBuilder
from quickwit.node.query_tree.fields import SearchableFields
from quickwit.node.storage import metadata
from quickwit.node.storage.delete_tasks import DeleteTasks
from quickwit.node.storage.faults import faults_left_alone, raise_unless_fault
from quickwit.node.storage.sequence import Sequence as Numbers
from quickwit.node.storage.snapshot import Snapshot

LOGGER = logging.getLogger(__name__)

WRITER_HEAP_BYTES = 50_000_000
MAX_UNCOMMITTED_BYTES = 256 * 1024 * 1024
EARLY_COMMIT_BYTES = 64 * 1024 * 1024
QUIET_SECONDS = 0.25
"""Where nothing was written for so long, a commit need not wait for more: it is cheap here."""

_REFUSED_LINE = ("could not be parsed", "not valid JSON")


class StoredIndex:
    """An index in a folder. Methods are safe for several threads."""

    def __init__(
        self, folder: Path, numbers: Numbers, max_uncommitted_bytes: int = MAX_UNCOMMITTED_BYTES
    ) -> None:
        self.folder = folder
        self.metadata: IndexMetadata = metadata.read_metadata(folder)
        config, self._numbers = self.metadata.config, numbers
        self._max_uncommitted_bytes = max_uncommitted_bytes
        self._checker = DocumentChecker(config)
        self._schema = build_schema(config)
        analyzers = build_analyzers(config)
        self.fields = SearchableFields(config, analyzers)
        self.queries = QueryBuilder(self._schema, self.fields)
        self._lock = threading.Lock()
        self._committed_now = threading.Condition()
        self._files = folder / "tantivy"
        self._files.mkdir(exist_ok=True)
        self._index = tantivy.Index(self._schema, str(self._files))
        for name, analyzer in analyzers.items():
            self._index.register_tokenizer(name, analyzer)
        self._log = Log(folder / "log")
        self._tasks = DeleteTasks(folder, self.metadata.index_uid)
        self._writer: tantivy.IndexWriter | None = None
        self._is_closed = False
        self._has_to_replay = False
        self.num_commits = 0
        self._uncommitted_since: float | None = None
        self._written_at = 0.0
        self._uncommitted_bytes = 0
        self.snapshot = self._latest()
        self.committed_opstamp = self._tasks.last_opstamp
        self.committed = max(metadata.read_checkpoint(folder), self.snapshot.greatest_sequence())
        self._applied = self.committed
        numbers.raise_to(self.committed)
        try:
            self._replay()
        except BaseException as error:
            raise_unless_fault(error)
            LOGGER.exception("%s: the replay failed, the next commit tries again", folder.name)
            self._abandon_writer()

    def ingest(self, lines: Sequence[bytes]) -> tuple[IngestReport, int]:
        """Make documents durable: the report, and the number up to which a commit shows them."""
        found = [self._checker.check(line) for line in lines]
        accepted = [one for one in found if isinstance(one, Checked)]
        failures = [one for one in found if isinstance(one, ParseFailure)]
        if not accepted:
            return IngestReport(len(lines), failures), 0
        with self._lock:
            self._refuse_too_much()
            first = self._numbers.take(len(accepted))
            operations = [
                DocumentAdded(number, one.line(number))
                for number, one in enumerate(accepted, first)
            ]
            self._write(operations)
        return IngestReport(len(lines), failures), operations[-1].sequence

    def create_delete_task(self, query: str, search_fields: tuple[str, ...]) -> DeleteTask:
        """Delete what matches now, with the next commit."""
        self.queries.build(query, search_fields)
        with self._lock:
            opstamp, number = self._tasks.last_opstamp + 1, self._numbers.take(1)
            task = DocumentsDeleted(number, query, search_fields, opstamp, int(time.time()))
            self._write([task])
            self._tasks.remember(task)  # also where the writer failed: the log has it
            return self._tasks.newest()

    def delete_tasks(self) -> list[DeleteTask]:
        """The newest delete tasks, oldest first."""
        with self._lock:
            return self._tasks.listed()

    def clear(self) -> None:
        """Remove every document, and commit that."""
        with self._lock:
            self._write([IndexCleared(self._numbers.take(1))])
        self.commit()

    @property
    def due_at(self) -> float | None:
        """When the next commit is due, on the monotonic clock; None where nothing waits for it."""
        since = self._uncommitted_since
        if since is None:
            return None
        if self._uncommitted_bytes >= EARLY_COMMIT_BYTES:
            return since
        at_the_latest = since + self.metadata.config.commit_timeout_seconds
        return min(at_the_latest, self._written_at + QUIET_SECONDS)

    def commit(self) -> None:
        """Make visible what was written until now. Searches go on meanwhile."""
        with self._lock:
            self._commit()
        with self._committed_now:
            self._committed_now.notify_all()

    def wait_committed(self, sequence: int) -> None:
        """Wait until a number is visible. 404 where the index is closed first."""
        with self._committed_now:
            self._committed_now.wait_for(lambda: self._is_closed or self.committed >= sequence)
        if self.committed < sequence:
            raise NotFoundError(f"index `{self.metadata.config.index_id}` was closed")

    def close(self, commit: bool) -> None:
        """End writing. A commit at the end spares the next start the replay."""
        with self._lock:
            if self._is_closed:
                return
            if commit:
                self._commit()
            self._is_closed = True
            if self._writer is not None:
                self._writer.wait_merging_threads()
                self._writer = None
            self._log.close()
        with self._committed_now:
            self._committed_now.notify_all()

    def _refuse_too_much(self) -> None:
        if self._uncommitted_bytes > self._max_uncommitted_bytes:
            raise ApiError("too much is not committed yet, try again later", 429)

    def _write(self, operations: Sequence[Operation]) -> None:
        """Into the log, then into the writer. The lock is held."""
        if self._is_closed:
            raise NotFoundError(f"index `{self.metadata.config.index_id}` not found")
        try:
            self._uncommitted_bytes += self._log.append(operations)
        except OSError as error:
            raise ApiError(f"cannot write the log: {error}", 500) from error
        self._written_at = time.monotonic()
        if self._uncommitted_since is None:
            self._uncommitted_since = self._written_at
        try:
            self._apply(operations)
        except BaseException as error:
            raise_unless_fault(error)
            LOGGER.exception("the writer of %s failed, it starts again", self.folder.name)
            self._abandon_writer()

    def _apply(self, operations: Sequence[Operation]) -> None:
        writer = self._open_writer()
        for operation in operations:
            if operation.sequence <= self._applied:  # the replay for a new writer brought it
                continue
            match operation:
                case DocumentAdded():
                    self._add(writer, operation)
                case DocumentsDeleted():
                    self._apply_delete(writer, operation)
                case IndexCleared(sequence):
                    writer.delete_documents_by_query(self._older_than(sequence))
            self._applied = operation.sequence

    def _add(self, writer: tantivy.IndexWriter, added: DocumentAdded) -> None:
        try:
            writer.add_json(added.line)
        except ValueError as error:
            if not any(sign in str(error) for sign in _REFUSED_LINE):
                raise
            # It was checked, so this is a fault of the node's; the rest has to live on.
            LOGGER.exception("%s: document %d is lost", self.folder.name, added.sequence)

    def _apply_delete(self, writer: tantivy.IndexWriter, task: DocumentsDeleted) -> None:
        wanted = self.queries.build(task.query, task.search_fields).query
        older = self._older_than(task.sequence)
        writer.delete_documents_by_query(
            Query.boolean_query([(Occur.Must, wanted), (Occur.Must, older)])
        )
        self._tasks.remember(task)

    def _older_than(self, sequence: int) -> Query:
        unsigned = tantivy.FieldType.Unsigned
        return Query.range_query(
            self._schema, SEQUENCE, unsigned, None, sequence, include_upper=False
        )

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            self._writer = self._index.writer(WRITER_HEAP_BYTES, 1)
            if self._has_to_replay:
                self._has_to_replay = False
                # A commit that failed late may have come about all the same.
                self.snapshot = self._latest()
                self.committed = max(self.committed, self.snapshot.greatest_sequence())
                self._applied = self.committed
                self._replay()
        return self._writer

    def _latest(self) -> Snapshot:
        self._index.reload()
        return Snapshot(self._index, self._schema, self.metadata, self._files)

    def _commit(self) -> None:
        """Commit, show, and let the log go. The lock is held."""
        if self._uncommitted_since is None or self._is_closed:
            return
        try:
            self._open_writer().commit()
            self.snapshot = self._latest()
        except BaseException as error:
            raise_unless_fault(error)
            self._abandon_writer()
            raise ApiError(f"the commit failed: {error}", 500) from error
        self.committed = self._applied
        self.committed_opstamp = self._tasks.last_opstamp
        self.num_commits += 1
        self._uncommitted_since = None
        self._uncommitted_bytes = 0
        self._let_log_go()

    def _let_log_go(self) -> None:
        """Remove what is committed from the log; on a full disk the next commit does."""
        try:
            self._tasks.keep()
            metadata.write_checkpoint(self.folder, self.committed)
            self._log.rotate()
            self._log.remove_ended()
        except OSError:
            LOGGER.exception("the log of %s could not be shortened", self.folder.name)

    def _abandon_writer(self) -> None:
        """End a writer that failed; the next one replays what is not committed.

        Only its own end lets the directory's lock go at once: a traceback may keep the object.
        """
        writer, self._writer = self._writer, None
        self._has_to_replay = True
        if writer is not None:
            with faults_left_alone():
                writer.wait_merging_threads()

    def _replay(self) -> None:
        """Bring what the log has beyond the last commit into the writer again."""
        waiting: list[Operation] = []
        for operation in self._log.read_after(0):
            if operation.sequence > self.committed:
                waiting.append(operation)
            elif isinstance(operation, DocumentsDeleted):
                self._tasks.remember(operation)
        if not waiting:
            return
        LOGGER.info("%s: %d operations are replayed", self.folder.name, len(waiting))
        self._numbers.raise_to(waiting[-1].sequence)
        self._uncommitted_since = self._written_at = time.monotonic()
        self._apply(waiting)
