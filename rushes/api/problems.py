"""Errors as RFC 9457 problem details, with the stable code of the error tree."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from rushes.errors import DatabaseError, RushesError
from rushes.pipeline.faults import as_rushes_error

_log = logging.getLogger("rushes.api")
_MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """Why a request was not answered."""

    type: str = Field(default="about:blank", description="always about:blank; see `code`")
    title: str
    status: int
    detail: str
    code: str = Field(description="stable, for programs")
    remedy: str | None = Field(default=None, description="the way out")


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may end in these statuses."""
    content = {_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"model": Problem, "content": content} for status in statuses}


def install(app: FastAPI) -> None:
    """Answer every error of ours, of validation and of routing as a problem."""

    @app.exception_handler(RushesError)
    async def ours(request: Request, error: RushesError) -> JSONResponse:
        if error.http_status >= 500:
            _log.error("%s %s: %s", request.method, request.url.path, error, exc_info=error)
        return _answer(error.http_status, error.message, error.code, error.remedy)

    @app.exception_handler(SQLAlchemyError)
    async def database(request: Request, error: SQLAlchemyError) -> JSONResponse:
        known = as_rushes_error(error)
        if not isinstance(known, DatabaseError):
            return await unforeseen(request, error)
        _log.error("%s %s: %s", request.method, request.url.path, known)
        return _answer(
            known.http_status, "the database does not answer", known.code, "try again in a moment"
        )

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        _log.error("%s %s", request.method, request.url.path, exc_info=error)
        return _answer(500, "something went wrong; the log says what", RushesError.code)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "request"
        return _answer(422, f"{where}: {first['msg']}", "invalid_request")

    @app.exception_handler(HTTPException)
    async def routing(request: Request, error: HTTPException) -> JSONResponse:
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http")
        answer = _answer(error.status_code, str(error.detail), code)
        answer.headers.update(error.headers or {})
        return answer


def _answer(status: int, detail: str, code: str, remedy: str | None = None) -> JSONResponse:
    problem = Problem(
        title=code.replace("_", " "), status=status, detail=detail, code=code, remedy=remedy
    )
    return JSONResponse(problem.model_dump(), status_code=status, media_type=_MEDIA_TYPE)
