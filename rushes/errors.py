"""The one error tree of Rushes.

RushesError
├── UserError            the caller's fault: wrong input, unknown name
│   ├── NotFoundError
│   ├── InvalidRequestError
│   └── ConfigurationError
├── MediaError           something is wrong with one film
├── AnalysisError        a model could not be run on one film
├── StorageError         disk, cache or document store
├── DatabaseError        Postgres
└── DocumentError        the document index

Every error has a stable `code`, says whether another try can help (`retryable`), and may name the
way out (`remedy`). The HTTP API maps it to problem+json, Dagster to `Failure(allow_retries=...)`,
the command line to one line and an exit code.
"""

from __future__ import annotations


class RushesError(Exception):
    """Something went wrong in Rushes."""

    code = "internal"
    retryable = False
    http_status = 500

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        retryable: bool | None = None,
        remedy: str | None = None,
    ) -> None:
        self.message = message or (self.__doc__ or "").strip().splitlines()[0]
        self.code = code or type(self).code
        self.retryable = type(self).retryable if retryable is None else retryable
        self.remedy = remedy
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} ({self.remedy})" if self.remedy else self.message


class UserError(RushesError):
    """The request cannot be served as it stands."""

    code = "invalid"
    http_status = 400


class NotFoundError(UserError):
    """There is nothing by that name."""

    code = "not_found"
    http_status = 404


class InvalidRequestError(UserError):
    """A value of the request is not allowed."""

    code = "invalid_request"
    http_status = 422


class ConfigurationError(UserError):
    """A setting is missing or wrong."""

    code = "configuration"
    http_status = 500


class MediaError(RushesError):
    """One film cannot be read.

    Codes: `unreadable`, `unsupported`, `still_copying`, `empty_file`, `no_video_stream`,
    `truncated`, `damaged`, `broken_link`, `name_not_utf8`, `source_offline`, `source_missing`.
    """

    code = "unreadable"
    http_status = 422


class AnalysisError(RushesError):
    """A stage could not analyse one film.

    Codes: `stage_error`, `parse_error`, `model_unavailable`, `timeout`, `out_of_memory`,
    `interrupted`.
    """

    code = "stage_error"
    http_status = 500


class StorageError(RushesError):
    """The disk, the cache or the document store refused a write. Codes: `disk_full`, `storage`."""

    code = "storage"
    retryable = True
    http_status = 503


class DatabaseError(RushesError):
    """Postgres cannot be reached or started."""

    code = "database_unavailable"
    retryable = True
    http_status = 503


class DocumentError(RushesError):
    """The document index refused an operation. Codes: `document_conflict`, `parent_missing`."""

    code = "document"
    http_status = 500
