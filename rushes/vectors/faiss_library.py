"""FAISS, set up for many searches at once instead of one that takes all cores."""

from __future__ import annotations

import os
from functools import cache
from types import ModuleType
from typing import Final

from rushes.vectors.errors import VectorsUnavailableError

_THREADS: Final = "OMP_NUM_THREADS"
_BLAS_FROM: Final = 2_000
"""Queries of fewer values in all FAISS compares by itself, what is more it takes to BLAS."""


@cache
def faiss_library() -> ModuleType:
    """The module, loaded at first use. VectorsUnavailableError where it is not there or broken.

    Its own OpenMP reads the number of threads once, when it is loaded, and
    `faiss.omp_set_num_threads` reaches no other thread than the caller's.
    """
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = "1"
    try:
        import faiss
    except Exception as error:  # an install that is broken has many ways to say so
        raise VectorsUnavailableError(
            f"FAISS cannot be loaded: {error}",
            remedy="install the package faiss-cpu of constraints.txt",
        ) from error
    finally:
        if before is None:
            del os.environ[_THREADS]
        else:
            os.environ[_THREADS] = before
    faiss.cvar.distance_compute_blas_threshold = _BLAS_FROM
    module: ModuleType = faiss
    return module
