"""The log of the API server: one JSON object a line, on stderr."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any


class JsonLines(logging.Formatter):
    """A record as one line of JSON, its traceback in it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def log_configuration() -> dict[str, Any]:
    """For `logging.config.dictConfig`: everything from warnings on, and every request."""
    lines = f"{JsonLines.__module__}.{JsonLines.__qualname__}"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        # A line of the access log is JSON already.
        "formatters": {"json": {"()": lines}, "plain": {"format": "%(message)s"}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "json"},
            "access": {"class": "logging.StreamHandler", "formatter": "plain"},
        },
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {
            "rushes.api.access": {"level": "INFO", "handlers": ["access"], "propagate": False},
            "uvicorn.error": {"level": "INFO"},
        },
    }
