"""Who may write: whoever has the API key. Reading needs none."""

from __future__ import annotations

import hmac
import re
from typing import Annotated

from fastapi import Depends, Header, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from rushes.errors import RushesError

_ANONYMOUS = "api"
_NAME = re.compile(r"[\w .@+-]{1,100}")

_key_header = APIKeyHeader(name="X-API-Key", auto_error=False)
_bearer = HTTPBearer(auto_error=False)


class UnauthorisedError(RushesError):
    """This call needs the API key."""

    code = "unauthorised"
    http_status = 401


def _actor(
    request: Request,
    header: Annotated[str | None, Security(_key_header)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    name: Annotated[
        str | None, Header(alias="X-Rushes-Actor", description="who it is, for the audit log")
    ] = None,
) -> str:
    given = header or (bearer.credentials if bearer else "")
    wanted: str = request.app.state.api_key
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise UnauthorisedError(
            "this call needs the API key" if not given else "the API key is wrong",
            remedy="send it as X-API-Key; `rushes api-key` prints it",
        )
    return name if name and _NAME.fullmatch(name) else _ANONYMOUS


Actor = Annotated[str, Depends(_actor)]
"""Of every route that writes: 401 without the right key; else who it is, for the audit log."""
