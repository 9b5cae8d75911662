"""Lexemes: words brought to their stem by Postgres, the same for documents and for queries."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection

from rushes.db.reading import kept

_HERE = Path(__file__).parent
_KEPT_LABELS = 10_000

_labels: dict[str, str] = {}
_lock = Lock()


def label_lexemes(connection: Connection, labels: Collection[str]) -> dict[str, str]:
    """Label -> its lexemes with blanks between: English ones, as models name things in English.

    A vocabulary is small, so that each label is asked for once a process.
    """
    with _lock:
        found = {label: _labels[label] for label in labels if label in _labels}
    unknown = [label for label in labels if label not in found]
    if unknown:
        rows = kept(_HERE, "label_lexemes").rows(connection, {"labels": unknown})
        new = {row.label: row.lexemes for row in rows}
        found.update(new)
        with _lock:
            if len(_labels) + len(new) > _KEPT_LABELS:
                _labels.clear()
            _labels.update(new)
    return found
