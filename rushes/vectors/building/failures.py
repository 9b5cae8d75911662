"""What FAISS raises, as an error of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rushes.errors import RushesError
from rushes.vectors.space import EmbeddingSpace


class IndexBuildError(RushesError):
    """The index of a space could not be made; what is published stays. Code
    `vector_build_failed`.
    """

    code = "vector_build_failed"
    http_status = 500


@contextmanager
def index_errors(space: EmbeddingSpace) -> Iterator[None]:
    """Around FAISS and the vectors' memory, and nothing else that may raise a RuntimeError."""
    try:
        yield
    except MemoryError as error:
        raise IndexBuildError(
            f"the memory did not suffice for the index of {space.key}",
            retryable=True,
            remedy="a build takes about twice the size of the space's vectors: free some memory",
        ) from error
    except RuntimeError as error:
        raise IndexBuildError(f"FAISS could not make the index of {space.key}: {error}") from error
