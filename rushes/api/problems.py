"""Errors as RFC 9457 problem details, with the stable code of the error tree."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg.errors import DeadlockDetected, ForeignKeyViolation, SerializationFailure
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError
from starlette.exceptions import HTTPException

from rushes.api.access import UnauthorisedError, check_key, needs_key
from rushes.audit import request_id
from rushes.errors import DatabaseError, InvalidRequestError, RushesError, UserError
from rushes.pipeline.faults import as_rushes_error

PROBLEM_MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2
"""After what time another try makes sense where something is away for a moment."""

_log = logging.getLogger("rushes.api")
_ROUTING_CODES = {
    400: UserError.code,
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    416: "bad_range",
}


class Problem(BaseModel):
    """Why a request was not answered (RFC 9457)."""

    type: str = Field(default="about:blank", description="always about:blank; see `code`")
    title: str = Field(description="the status in words", examples=["Not Found"])
    status: int = Field(description="the HTTP status", examples=[404])
    detail: str = Field(examples=["there is no video 'v123'"])
    code: str = Field(description="stable, for programs", examples=["video_not_found"])
    remedy: str | None = Field(default=None, description="the way out")
    request_id: str | None = Field(default=None, description="as in X-Request-ID and the log")


class ConflictError(RushesError):
    """What the request refers to was changed or deleted in the meantime."""

    code = "conflict"
    http_status = 409


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may end in these statuses."""
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"content": content} for status in statuses}


def install(app: FastAPI) -> None:
    """Answer every error of ours, of validation and of routing as a problem."""

    @app.exception_handler(RushesError)
    async def ours(request: Request, error: RushesError) -> JSONResponse:
        if error.http_status >= 500:
            # A traceback only of what may be a fault of ours: 503 is of something outside.
            trace = error if error.http_status == 500 else None
            _log.error("%s %s: %s", request.method, _template(request), error, exc_info=trace)
        return _answer(request, error.http_status, error.message, error.code, error.remedy)

    @app.exception_handler(SQLAlchemyError)
    async def database(request: Request, error: SQLAlchemyError) -> JSONResponse:
        known = _of_database(error)
        if known is None:
            return unforeseen(request, error)
        if known.http_status >= 500:
            # Its own words alone: with the statement come the values that were asked for.
            said = getattr(error, "orig", None) or type(error).__name__
            _log.error("%s %s: %s", request.method, _template(request), said)
        return _answer(request, known.http_status, known.message, known.code, known.remedy)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        if refusal := _without_key(request):
            return refusal
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "request"
        return _answer(request, 422, f"{where}: {first['msg']}", InvalidRequestError.code)

    @app.exception_handler(HTTPException)
    async def routing(request: Request, error: HTTPException) -> JSONResponse:
        if refusal := _without_key(request):
            return refusal
        code = _ROUTING_CODES.get(error.status_code, "http")
        answer = _answer(request, error.status_code, str(error.detail), code)
        answer.headers.update(error.headers or {})
        return answer


def _without_key(request: Request) -> JSONResponse | None:
    """A body is read before anybody asks for the key; its faults are told to who has that."""
    if not needs_key(request):
        return None
    try:
        check_key(request)
    except UnauthorisedError as error:
        return _answer(request, error.http_status, error.message, error.code, error.remedy)
    return None


def unforeseen(request: Request, error: Exception) -> JSONResponse:
    """A fault of ours: the log has all of it, the answer nothing."""
    _log.error("%s %s", request.method, _template(request), exc_info=error)
    return _answer(request, 500, "something went wrong; the log says what", RushesError.code)


def too_large(request: Request, limit: int) -> JSONResponse:
    """The refusal of a body of more than `limit` bytes."""
    code = _ROUTING_CODES[413]
    remedy = "send less; RUSHES_MAX_BODY_BYTES sets the limit"
    return _answer(request, 413, f"a body has at most {limit} bytes", code, remedy)


def _of_database(error: SQLAlchemyError) -> RushesError | None:
    """What is no fault of ours among the errors of the database, without telling its inside."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(cause, ForeignKeyViolation):
        return ConflictError(remedy="look again at what there is, then try again")
    if isinstance(error, DataError):
        return InvalidRequestError("a value is none that can be stored or compared")
    busy = isinstance(cause, DeadlockDetected | SerializationFailure)
    if busy or isinstance(as_rushes_error(error), DatabaseError):
        return DatabaseError("the database does not answer", remedy="try again in a moment")
    return None


def _answer(
    request: Request, status: int, detail: str, code: str, remedy: str | None = None
) -> JSONResponse:
    request.app.state.metrics.problems.labels(code).inc()
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        remedy=remedy,
        request_id=request_id.get(),
    )
    return JSONResponse(
        problem.model_dump(),
        status_code=status,
        media_type=PROBLEM_MEDIA_TYPE,
        headers=_headers(status),
    )


def _headers(status: int) -> dict[str, str]:
    if status == 401:
        return {"WWW-Authenticate": 'Bearer realm="rushes"'}
    return {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else {}


def _template(request: Request) -> str:
    return str(getattr(request.scope.get("route"), "path", "no route"))
