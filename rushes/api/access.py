"""Who may write: whoever has the API key. Reading needs none."""

from __future__ import annotations

import hmac
import re
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param

from rushes.errors import RushesError

_ANONYMOUS = "api"
_NAME = re.compile(r"[\w .@+-]{1,100}")

_key_header = APIKeyHeader(
    name="X-API-Key",
    scheme_name="apiKey",
    description="The key that `rushes api-key` prints.",
    auto_error=False,
)
_bearer = HTTPBearer(
    scheme_name="bearer", description="The same key as a bearer token.", auto_error=False
)


class UnauthorisedError(RushesError):
    """This call needs the API key."""

    code = "unauthorised"
    http_status = 401


async def _actor(
    request: Request,
    header: Annotated[str | None, Security(_key_header)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    name: Annotated[
        str | None,
        Header(
            alias="X-Rushes-Actor", description="who it is, for the audit log", examples=["Ada"]
        ),
    ] = None,
) -> str:
    # The two above are there for the document; a key is read in one place.
    check_key(request)
    actor = name if name and _NAME.fullmatch(name) else _ANONYMOUS
    request.state.actor = actor
    return actor


def check_key(request: Request) -> None:
    """UnauthorisedError where the request lacks the key, which is asked for anew at each call."""
    given = _given_key(request)
    if not _is_same(given, request.app.state.settings.api_key_value):
        raise UnauthorisedError(
            "this call needs the API key" if not given else "the API key is wrong",
            remedy="send it as X-API-Key; `rushes api-key` prints it",
        )


def _given_key(request: Request) -> str:
    """What a request sends as the key; empty where it sends none."""
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    bearer = token if scheme.lower() == "bearer" else ""
    return request.headers.get("x-api-key") or bearer


def needs_key(request: Request) -> bool:
    """Whether the route that the request was led to is one that writes."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    return dependant is not None and any(each.call is _actor for each in dependant.dependencies)


def _is_same(given: str, wanted: str) -> bool:
    """Whether the bytes of a header are the key, in a time that tells nothing of it.

    Headers come decoded as Latin-1, whatever bytes they are.
    """
    sent = sha256(given.encode("latin-1", "replace")).digest()
    return bool(wanted) and hmac.compare_digest(sent, sha256(wanted.encode()).digest())


Actor = Annotated[str, Depends(_actor)]
"""Of every route that writes: 401 without the right key; else who it is, for the audit log."""
