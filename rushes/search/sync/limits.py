"""Times and sizes that several parts of the synchronisation rely on together."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

READER_SECONDS: Final = 30.0
"""An answer that comes later after its snapshot is not used: what it rests on may be purged."""
PURGE_GRACE: Final = timedelta(seconds=3 * READER_SECONDS)
"""So long a retired rev is kept in the index: no reader that may know it is left."""
UNKNOWN_GRACE: Final = timedelta(minutes=15)
"""After that nothing of a request whose outcome nobody knows arrives in the index any more."""
TASK_REPEAT: Final = timedelta(hours=1)
"""What a delete task did not remove in this time is given another."""
TASK_PAUSE: Final = timedelta(minutes=10)
"""Between delete tasks of an index: Quickwit takes a few an hour well."""
REVS_A_TASK: Final = 5_000
PURGED_KEPT: Final = timedelta(days=1)
"""So long the ledger remembers what was purged, for who looks into what happened."""

CLAIMED_FILMS: Final = 1_000
"""Films of one batch at most."""
CLAIMED_ROWS: Final = 20_000
"""Rows of the queue that one batch looks at; a film may have hundreds."""
FILMS_A_QUERY: Final = 100
"""Read at a time."""
BATCH_DOCUMENTS: Final = 20_000
"""A batch ends with the films that reach this, so that memory stays bounded."""
SEARCHABLE_SECONDS: Final = 120.0
"""A batch that is not searchable so long after it was accepted counts as lost."""

ATTEMPTS: Final = 6
"""After so many failures a film is dead, until somebody retries it or its source changes."""
FIRST_RETRY: Final = timedelta(seconds=10)
UNPURGED_BOUND: Final = 10_000
"""More unpurged revs in one index than this, and a shadow is built: a rebuild is the compaction."""
