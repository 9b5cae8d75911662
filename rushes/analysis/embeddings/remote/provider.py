"""What a provider of embeddings is, and how a call can fail.

AnalysisError
├── ProviderUnavailableError   nobody answers, or nothing of use; another try may help
├── ProviderCredentialsError   the service was not given credentials that it accepts
└── ProviderRefusedError       the service will not do what it is asked

No message holds what was sent or what the service said beside its error's code: an answer may
quote the text, a header or the signature.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from rushes.analysis.embeddings.vector_cache import Floats
from rushes.errors import AnalysisError


class EmbeddingProvider(Protocol):
    """A service that turns one text a call into a vector. Safe between threads."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def dimension(self) -> int:
        """How many values a vector has."""

    def count(self, text: str) -> int:
        """How many tokens it may read for the text; too many rather than too few."""

    def embed(self, text: str) -> Floats:
        """float32 (dimension,). SetbackError: try again; AnalysisError: it is of no use."""


class Setback(StrEnum):
    """Why a call was in vain that may do better when it is repeated."""

    THROTTLED = "throttled"
    EXPIRED = "expired"
    """The service no longer takes the credentials; new ones have been asked for."""
    NOT_RENEWED = "not renewed"
    """The source of the credentials gives none just now."""
    UNREACHABLE = "unreachable"
    GARBAGE = "garbage"


class SetbackError(Exception):
    """The same text may be tried again. `what` is a code, never words of the service."""

    def __init__(self, kind: Setback, what: str, *, retry_after_seconds: float = 0.0) -> None:
        super().__init__(f"{kind}: {what}")
        self.kind = kind
        self.what = what
        self.retry_after_seconds = retry_after_seconds


class ProviderUnavailableError(AnalysisError):
    """The service of a remote model does not answer."""

    code = "provider_unavailable"
    retryable = True
    http_status = 503


class ProviderCredentialsError(AnalysisError):
    """The service of a remote model was not given credentials that it accepts."""

    code = "provider_credentials"
    retryable = True
    http_status = 503


class ProviderRefusedError(AnalysisError):
    """The service of a remote model will not do what it is asked."""

    code = "provider_refused"
    http_status = 502
