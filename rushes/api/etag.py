"""Answers that a client need not take again: an ETag on each, 304 where it knows it already."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

_HASH_BYTES = 12


class Revalidated(APIRoute):
    """The route class of reading routes whose answers are small and asked for again and again.

    `APIRouter(route_class=Revalidated)` gives all answers of its GET routes an ETag over the body.
    It is a weak one: the same answer may come compressed. Answers that are streamed have none.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route, with the header compared after it."""
        handler = super().get_route_handler()

        async def revalidated(request: Request) -> Response:
            response = await handler(request)
            if request.method not in ("GET", "HEAD") or response.status_code != 200:
                return response
            return _tagged(request, response)

        return revalidated


def answer_head(router: APIRouter) -> None:
    """Let every `Revalidated` GET route of `router` answer HEAD as well."""
    for route in list(router.routes):
        if isinstance(route, Revalidated) and route.methods == {"GET"}:
            router.add_api_route(
                route.path.removeprefix(router.prefix),
                route.endpoint,
                methods=["HEAD"],
                response_model=route.response_model,
                include_in_schema=False,
            )


def _tagged(request: Request, response: Response) -> Response:
    body = getattr(response, "body", None)
    if body is None:
        return response
    tag = f'W/"{hashlib.sha256(body).hexdigest()[: 2 * _HASH_BYTES]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if _is_known(request.headers.get("If-None-Match", ""), tag):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response


def _is_known(given: str, tag: str) -> bool:
    """Whether a header If-None-Match names the tag, compared weakly (RFC 9110, 13.1.2)."""
    names = {each.strip().removeprefix("W/") for each in given.split(",")}
    return "*" in names or tag.removeprefix("W/") in names
