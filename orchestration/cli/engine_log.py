"""Faults of the search engine go into a file: a person sees one line, not a traceback."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rushes.settings import get_settings

_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


@contextmanager
def engine_faults_logged() -> Iterator[None]:
    """Within the block they are written to `logs/errors.log` of the data directory."""
    log = get_settings().data_dir / "logs" / "errors.log"
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = logging.FileHandler(log, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter(_FORMAT))
    logger = logging.getLogger("rushes.search")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()
