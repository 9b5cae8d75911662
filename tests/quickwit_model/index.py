"""One index of the model: log, workbench, splits, merges, delete tasks and their planner."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from quickwit.node.engine import DeleteTask, IndexMetadata, IndexStats, IngestReport, ParseFailure
from quickwit.node.mapping.config import IndexConfig
from quickwit.node.mapping.documents import DocumentChecker
from tests.quickwit_model.matching import Document, Matches, compiled

MATURATION_SECONDS: Final = 48 * 3600.0
PLANNER_SECONDS: Final = 60.0
_BYTES_A_DOCUMENT: Final = 1000


@dataclass(slots=True)
class ModelSplit:
    """Published documents. `delete_opstamp`: tasks up to it were applied, or were thought to be."""

    number: int
    documents: list[Document]
    delete_opstamp: int
    made_at: float
    num_merge_ops: int = 0


@dataclass(slots=True)
class Workbench:
    """Documents on their way to a split. The opstamp is that of its opening."""

    delete_opstamp: int
    opened_at: float
    documents: list[Document] = field(default_factory=list)


class ModelIndex:
    """`log`: accepted and durable, not in a workbench yet. `waits_since`: something unpublished.

    `taken`: by rev all that was ever accepted.

    Nothing happens by itself: `commit`, `merge` and `plan` are called by the test, or by the
    engine as its clock goes on.
    """

    def __init__(self, config: IndexConfig, clock: Callable[[], float], *, matures_at_once: bool):
        self.config = config
        self.log: list[Document] = []
        self.workbench: Workbench | None = None
        self.splits: list[ModelSplit] = []
        self.tasks: list[DeleteTask] = []
        self.taken: dict[int, list[Document]] = {}
        self.waits_since: float | None = None
        self.uid = f"{config.index_id}:model"
        self._clock = clock
        self._matures_after = 0.0 if matures_at_once else MATURATION_SECONDS
        self._matches: list[Matches] = []
        self._checker = DocumentChecker(config)
        self._splits_made = 0

    @property
    def metadata(self) -> IndexMetadata:
        """As the routes show it."""
        return IndexMetadata(self.config, self.uid, 0)

    @property
    def documents(self) -> list[Document]:
        """All that a search finds, oldest split first."""
        return [document for split in self.splits for document in split.documents]

    @property
    def stats(self) -> IndexStats:
        """What is published."""
        found = sum(len(split.documents) for split in self.splits)
        return IndexStats(found, len(self.splits), found * _BYTES_A_DOCUMENT)

    def checked(self, lines: Sequence[bytes]) -> tuple[list[Document], IngestReport]:
        """The documents that it takes, and what it says of the others."""
        taken: list[Document] = []
        failures: list[ParseFailure] = []
        for line in lines:
            result = self._checker.check(line)
            if isinstance(result, ParseFailure):
                failures.append(result)
            else:
                taken.append(json.loads(line))
        return taken, IngestReport(len(lines), failures)

    def accept(self, documents: Sequence[Document]) -> None:
        """Make them durable."""
        self.log += documents
        if documents and self.waits_since is None:
            self.waits_since = self._clock()
        for document in documents:
            self.taken.setdefault(document.get("rev", 0), []).append(document)

    def bring_again(self, place: int) -> int:
        """Take again what was taken long ago, as at-least-once allows. Returns the rev."""
        rev = sorted(self.taken)[place % len(self.taken)]
        self.log += self.taken[rev]
        self.waits_since = self._clock() if self.waits_since is None else self.waits_since
        return rev

    def add_task(self, query: str, search_fields: tuple[str, ...]) -> DeleteTask:
        """Store a delete query; it is applied by the planner only, some time later."""
        self._matches.append(compiled(self.config, query, search_fields))
        opstamp, now = len(self.tasks) + 1, int(self._clock())
        self.tasks.append(DeleteTask(self.uid, opstamp, now, query, search_fields))
        return self.tasks[-1]

    def open_workbench(self, at_most: int | None = None) -> None:
        """Take documents from the log, oldest first, into the open workbench or a new one."""
        if not self.log:
            return
        if self.workbench is None:
            self.workbench = Workbench(len(self.tasks), self._clock())
        taken = len(self.log) if at_most is None else at_most
        self.workbench.documents += self.log[:taken]
        del self.log[:taken]

    def commit(self) -> None:
        """Publish the workbench as a split, with the opstamp of its opening."""
        bench, self.workbench = self.workbench, None
        if bench is not None and bench.documents:
            self.publish(bench.documents, bench.delete_opstamp)
        self.waits_since = self._clock() if self.log else None

    def publish(
        self, documents: list[Document], delete_opstamp: int, num_merge_ops: int = 0
    ) -> None:
        """Make a split of these, as young as can be."""
        self._splits_made += 1
        self.splits.append(
            ModelSplit(self._splits_made, documents, delete_opstamp, self._clock(), num_merge_ops)
        )

    def merge(self, chosen: Iterable[int] | None = None) -> None:
        """Make one of the immature splits at these places, by the least opstamp of them."""
        places = None if chosen is None else set(chosen)
        young = [
            split
            for place, split in enumerate(self.splits)
            if not self.is_mature(split) and (places is None or place in places)
        ]
        if len(young) < 2:
            return
        self.splits = [split for split in self.splits if split not in young]
        self.publish(
            [document for split in young for document in split.documents],
            min(split.delete_opstamp for split in young),
            max(split.num_merge_ops for split in young) + 1,
        )

    def plan(self) -> None:
        """Apply to each mature split the tasks that are newer than its opstamp."""
        for split in self.splits:
            if self.is_mature(split) and split.delete_opstamp < len(self.tasks):
                tasks = self._matches[split.delete_opstamp :]
                split.documents = [
                    document
                    for document in split.documents
                    if not any(matches(document) for matches in tasks)
                ]
                split.delete_opstamp = len(self.tasks)
        self.splits = [split for split in self.splits if split.documents]

    def is_mature(self, split: ModelSplit) -> bool:
        """Whether it is merged no more, and may be rewritten for deletes."""
        return self._clock() - split.made_at >= self._matures_after
