"""What can go wrong with the search engine.

QuickwitError
├── QuickwitUnavailableError   it cannot be reached, is busy, failed, or answered nonsense
├── QuickwitRefusedError       it understood and said no: 400 and the like
├── IndexMissingError          404: one of the indexes is not there
└── DocumentTooLargeError      413, or one document that no request can hold

No message holds an address, a password or what a person searched for. What the engine said is in
`reason`, for those who may see it.
"""

from __future__ import annotations

from rushes.errors import RushesError


class QuickwitError(RushesError):
    """The search engine did not do what it was asked."""

    code = "search_engine"
    http_status = 503

    def __init__(
        self, message: str | None = None, *, reason: str = "", remedy: str | None = None
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.reason = reason
        """The engine's own words. May repeat a query, so it is in no message."""


class QuickwitUnavailableError(QuickwitError):
    """The search engine cannot be reached."""

    code = "search_engine_unavailable"
    retryable = True

    def __init__(
        self,
        message: str | None = None,
        *,
        was_sent: bool,
        reason: str = "",
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, reason=reason, remedy=remedy)
        self.was_sent = was_sent
        """False only where nothing can have been accepted: no connection, or 429."""


class QuickwitRefusedError(QuickwitError):
    """The search engine refused the request."""

    code = "search_engine_refused"
    http_status = 400


class IndexMissingError(QuickwitError):
    """An index that was asked for is not there."""

    code = "search_index_missing"


class DocumentTooLargeError(QuickwitError):
    """A search document is larger than the search engine takes."""

    code = "search_document_too_large"
    http_status = 413

    def __init__(
        self, message: str | None = None, *, position: int | None = None, reason: str = ""
    ) -> None:
        super().__init__(message, reason=reason)
        self.position = position
        """Which of the lines it is, from 0; None where the whole request was refused."""
