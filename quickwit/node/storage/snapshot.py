"""What is visible of an index since its last commit."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

import tantivy
from tantivy import Query

from quickwit.node.engine import IndexMetadata
from quickwit.node.mapping.schema import SEQUENCE


class Snapshot:
    """A state of an index that does not change. Used by any number of threads."""

    def __init__(
        self, index: tantivy.Index, schema: tantivy.Schema, metadata: IndexMetadata, files: Path
    ) -> None:
        self.searcher = index.searcher()
        self.schema = schema
        self.metadata = metadata
        self._files = files
        self._lock = Lock()
        self._num_values: dict[str, int] = {}

    @property
    def num_docs(self) -> int:
        """Documents that are not deleted."""
        return self.searcher.num_docs

    @property
    def size_bytes(self) -> int:
        """Bytes of the index's files, those of earlier states included."""
        total = 0
        for path in self._files.iterdir():
            try:
                total += path.stat().st_size
            except FileNotFoundError:  # merged away meanwhile
                continue
        return total

    def greatest_sequence(self) -> int:
        """The number of the newest document; 0 where there is none."""
        newest = self.searcher.search(
            Query.all_query(), 1, count=False, order_by_field=SEQUENCE
        ).hits
        return int(newest[0][0]) if newest else 0

    def is_full(self, column: str) -> bool:
        """Whether every document has a value in a single-valued column."""
        with self._lock:
            if column not in self._num_values:
                counted = self.searcher.aggregate(
                    Query.all_query(), {"n": {"value_count": {"field": column}}}
                )
                self._num_values[column] = int(counted["n"]["value"])
            return self._num_values[column] == self.num_docs
