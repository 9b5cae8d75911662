"""The engine of the model, for the node's routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
from quickwit.node.mapping.config import IndexConfig
from quickwit.node.messages import BadRequestError, NotFoundError
from tests.quickwit_model import searching
from tests.quickwit_model.clock import ModelClock
from tests.quickwit_model.index import PLANNER_SECONDS, ModelIndex
from tests.quickwit_model.matching import Document

_STEP_SECONDS = 10.0
_SLOWEST_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class _Late:
    """Documents of a request that was given up by its sender and arrives all the same."""

    due_at: float
    index_id: str
    documents: list[Document]


class ModelEngine:
    """Indexes whose commits, merges and deletes come when the clock or the test says so.

    `effect` is what becomes of the documents of the next ingest: `all`, `part`, `twice`, `later`
    or `nothing`. `is_slow`: commits wait until the test calls them.
    """

    def __init__(
        self, clock: ModelClock, *, matures_at_once: bool = False, late_seconds: float = 600.0
    ) -> None:
        self.clock = clock
        self.by_id: dict[str, ModelIndex] = {}
        self.effect = "all"
        self.is_slow = False
        self._matures_at_once = matures_at_once
        self._late_seconds = late_seconds
        self._late: list[_Late] = []
        self._planned_at = 0.0

    @property
    def is_ready(self) -> bool:
        """Always."""
        return True

    def metrics(self) -> Mapping[str, float]:
        """None."""
        return {}

    def create_index(self, config: IndexConfig) -> IndexMetadata:
        """Make an empty index."""
        if config.index_id in self.by_id:
            raise BadRequestError(f"index `{config.index_id}` already exists")
        self.by_id[config.index_id] = ModelIndex(
            config, self.clock.monotonic, matures_at_once=self._matures_at_once
        )
        return self.index(config.index_id)

    def indexes(self) -> Sequence[IndexMetadata]:
        """Every index, by id."""
        return [index.metadata for _, index in sorted(self.by_id.items())]

    def index(self, index_id: str) -> IndexMetadata:
        """One index."""
        return self.get(index_id).metadata

    def stats(self, index_id: str) -> IndexStats:
        """What is published of it."""
        return self.get(index_id).stats

    def splits(self, index_id: str) -> Sequence[Split]:
        """Its published splits."""
        index = self.get(index_id)
        return [
            Split(
                split_id=f"{index_id}-{split.number}",
                index_uid=index.uid,
                num_docs=len(split.documents),
                size_bytes=0,
                delete_opstamp=split.delete_opstamp,
                created_at=int(split.made_at),
                maturity={"type": "mature" if index.is_mature(split) else "immature"},
                num_merge_ops=split.num_merge_ops,
            )
            for split in index.splits
        ]

    def clear_index(self, index_id: str) -> None:
        """Remove every document."""
        index = self.get(index_id)
        index.log, index.workbench, index.splits = [], None, []

    def delete_index(self, index_id: str) -> None:
        """Remove the index."""
        self.get(index_id)
        del self.by_id[index_id]

    def ingest(self, index_id: str, lines: Sequence[bytes], commit: CommitMode) -> IngestReport:
        """Put documents into the log; what was chosen to go wrong goes wrong."""
        index = self.get(index_id)
        documents, report = index.checked(lines)
        if self.effect == "later":
            due_at = self.clock.seconds + self._late_seconds
            self._late.append(_Late(due_at, index_id, documents))
        elif self.effect != "nothing":
            taken = documents[: (len(documents) + 1) // 2] if self.effect == "part" else documents
            index.accept(taken * (2 if self.effect == "twice" else 1))
        if commit is not CommitMode.AUTO:
            index.open_workbench()
            index.commit()
        return report

    def create_delete_task(
        self, index_id: str, query: str, search_fields: tuple[str, ...]
    ) -> DeleteTask:
        """Store a delete query."""
        return self.get(index_id).add_task(query, search_fields)

    def delete_tasks(self, index_id: str) -> Sequence[DeleteTask]:
        """All of them."""
        return list(self.get(index_id).tasks)

    def search(self, index_ids: Sequence[str], request: SearchRequest) -> SearchAnswer:
        """Search what is published."""
        indexes = [self.get(index_id) for index_id in index_ids]
        return searching.search([(one.config, one.documents) for one in indexes], request)

    def get(self, index_id: str) -> ModelIndex:
        """One index, from inside."""
        if index := self.by_id.get(index_id):
            return index
        raise NotFoundError(f"index `{index_id}` not found")

    def advance(self, seconds: float) -> None:
        """Let time pass, with all that comes with it: late requests, commits, deletes."""
        until = self.clock.seconds + seconds
        while self.clock.seconds < until:
            left = until - self.clock.seconds
            self.clock.seconds += left if self.is_idle else min(left, _STEP_SECONDS)
            self._bring_late_requests()
            for index in self.by_id.values():
                self._commit_what_is_due(index)
            self._plan_where_it_is_time()

    def _bring_late_requests(self) -> None:
        for late in [each for each in self._late if each.due_at <= self.clock.seconds]:
            self._late.remove(late)
            if index := self.by_id.get(late.index_id):
                index.accept(late.documents)

    def _plan_where_it_is_time(self) -> None:
        if self.clock.seconds - self._planned_at >= PLANNER_SECONDS:
            self._planned_at = self.clock.seconds
            for index in self.by_id.values():
                index.plan()

    @property
    def is_idle(self) -> bool:
        """Whether nothing that was accepted, or may still arrive, is unpublished."""
        waiting = any(index.log or index.workbench for index in self.by_id.values())
        return not (waiting or self._late)

    def _commit_what_is_due(self, index: ModelIndex) -> None:
        """A slow engine is slow for a while only."""
        waits = index.waits_since
        if waits is None or (self.is_slow and self.clock.seconds - waits < _SLOWEST_SECONDS):
            return
        index.open_workbench()
        bench = index.workbench
        timeout = index.config.commit_timeout_seconds
        if bench is not None and self.clock.seconds - bench.opened_at >= timeout:
            index.commit()
