"""What goes in and out of the node, free of any web framework.

ApiError                an answer with {"message": ...} and a status
  NotFoundError              404: the index is not there
  BadRequestError            400: the caller's mistake
  NotServedError             501: Quickwit has it, the node does not
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, read whole.

    `query_string` is raw (no leading "?"); header names are in lower case.
    """

    method: str
    path: str
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer."""

    status: int
    body: bytes
    content_type: str = "application/json"


class ApiError(Exception):
    """An answer that is no success. `str(error)` is the `message` of its body."""

    status = 500

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        if status is not None:
            self.status = status


class BadRequestError(ApiError):
    """The caller's mistake."""

    status = 400


class NotFoundError(ApiError):
    """There is no such index, or no such route."""

    status = 404


class NotServedError(ApiError):
    """Quickwit has this; the embedded node does not."""

    status = 501
