"""Keeps what the AWS libraries log free of texts and secrets.

At DEBUG botocore logs bodies, headers with the session token, and what it signs; with a failed
renewal it logs what the process that gives credentials wrote.
"""

from __future__ import annotations

import logging
from typing import Final

_LIBRARIES: Final = ("boto3", "botocore", "s3transfer", "urllib3")
_WITH_TRACEBACKS: Final = ("botocore.credentials", "botocore.tokens")


class _WithoutTraceback(logging.Filter):
    """Takes a record's exception away, whose message may quote secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = None
        record.exc_text = None
        return True


_WITHOUT_TRACEBACK: Final = _WithoutTraceback()


def quieten_aws_loggers() -> None:
    """No logger of theirs says less than INFO, whatever the root logger or another part says."""
    for name in _LIBRARIES:
        _at_least_info(logging.getLogger(name))
    for name, logger in list(logging.root.manager.loggerDict.items()):
        known = isinstance(logger, logging.Logger) and name.partition(".")[0] in _LIBRARIES
        if known and logger.level != logging.NOTSET:  # type: ignore[union-attr]
            _at_least_info(logger)  # type: ignore[arg-type]
    for name in _WITH_TRACEBACKS:
        logging.getLogger(name).addFilter(_WITHOUT_TRACEBACK)


def _at_least_info(logger: logging.Logger) -> None:
    if logger.level < logging.INFO:
        logger.setLevel(logging.INFO)
