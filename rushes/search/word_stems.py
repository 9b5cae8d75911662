"""Lexemes of single words of a text, asked of Postgres once a word and language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection

from rushes.db.reading import kept

_HERE = Path(__file__).parent
_KEPT_WORDS = 200_000

_known: dict[tuple[str, str], frozenset[str]] = {}
_lock = Lock()

NO_LEXEMES: frozenset[str] = frozenset()


def word_stems(
    connection: Connection, words: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], frozenset[str]]:
    """(text search configuration, word) -> its lexemes; a word of a thousand films is asked once.

    Marks need to know which word of a text a lexeme comes from, which `ts_headline` would tell at
    30 us a row.
    """
    wanted = set(words)
    with _lock:
        found = {each: _known[each] for each in wanted if each in _known}
    unknown = sorted(wanted - found.keys())
    if unknown:
        found.update(_asked(connection, unknown))
    return found


def _asked(
    connection: Connection, unknown: list[tuple[str, str]]
) -> dict[tuple[str, str], frozenset[str]]:
    values = {
        "configurations": [configuration for configuration, _ in unknown],
        "words": [word for _, word in unknown],
    }
    rows = kept(_HERE, "word_stems").rows(connection, values)
    new: dict[tuple[str, str], frozenset[str]] = defaultdict(lambda: NO_LEXEMES)
    new.update({(row.configuration, row.word): frozenset(row.lexemes) for row in rows})
    with _lock:
        if len(_known) + len(new) > _KEPT_WORDS:
            _known.clear()
        _known.update(new)
    return new
