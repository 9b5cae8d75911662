"""Hashes of many files by a few threads; a bad file is a finding, never the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from rushes.errors import MediaError
from rushes.library.listing import ListedFile

# How many are hashed before the result is kept, so that a killed scan starts again there.
BATCH_FILES = 500


class HashFunction(Protocol):
    """`sampled_hash` or `full_hash`."""

    def __call__(self, path: Path, *, size_bytes: int, mtime_ns: int) -> str: ...


@dataclass(frozen=True, slots=True)
class HashOutcome:
    """The hash of a listed file, or why there is none."""

    film: ListedFile
    digest: str | None = None
    error: MediaError | None = None


def hash_files(
    root: Path,
    films: Iterable[ListedFile],
    hash_function: HashFunction,
    *,
    threads: int,
    after_batch: Callable[[list[HashOutcome]], None] = lambda batch: None,
) -> list[HashOutcome]:
    """The outcome of every film, in order; `after_batch` is told as they come."""
    outcomes: list[HashOutcome] = []

    def outcome(film: ListedFile) -> HashOutcome:
        try:
            digest = hash_function(
                root / film.path, size_bytes=film.size_bytes, mtime_ns=film.mtime_ns
            )
        except MediaError as error:
            return HashOutcome(film, error=error)
        return HashOutcome(film, digest)

    with ThreadPoolExecutor(threads, thread_name_prefix="hash") as pool:
        for batch in _batches(films):
            done = list(pool.map(outcome, batch))
            after_batch(done)
            outcomes += done
    return outcomes


def _batches(films: Iterable[ListedFile]) -> Iterator[list[ListedFile]]:
    iterator = iter(films)
    while batch := list(islice(iterator, BATCH_FILES)):
        yield batch
