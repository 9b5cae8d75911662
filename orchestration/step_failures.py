"""Errors of ours as failures of a step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from rushes.errors import RushesError


@contextmanager
def failing_by_code() -> Iterator[None]:
    """Raise `dg.Failure` for an error of ours, with its code; what cannot help is not retried."""
    try:
        yield
    except RushesError as error:
        raise dg.Failure(
            str(error), metadata={"code": error.code}, allow_retries=error.retryable
        ) from error
