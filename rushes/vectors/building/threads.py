"""How many threads FAISS takes for what the calling thread asks of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rushes.vectors.faiss_library import faiss_library


@contextmanager
def faiss_threads(count: int) -> Iterator[None]:
    """`count` of them for this thread only, and as many as before afterwards."""
    faiss = faiss_library()
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(count)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
