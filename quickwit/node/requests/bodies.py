"""Bodies: packed or not, within their limits."""

from __future__ import annotations

import json
import zlib
from typing import Any

from quickwit.node.messages import ApiError, BadRequestError, Request

MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_SEARCH_BODY_BYTES = 1024 * 1024

_GZIP = 16 + zlib.MAX_WBITS


def unpacked_body(request: Request, limit_bytes: int = MAX_BODY_BYTES) -> bytes:
    """The body, gunzipped where it was packed. 413 where it is over the limit before or after."""
    if len(request.body) > limit_bytes:
        raise _too_large(limit_bytes)
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        return request.body
    if encoding != "gzip":
        raise ApiError(f"unsupported content-encoding {encoding!r}, the node reads gzip", 415)
    return _gunzipped(request.body, limit_bytes)


def _gunzipped(packed: bytes, limit_bytes: int) -> bytes:
    """Every member of the gzip file, never more than the limit in memory."""
    parts: list[bytes] = []
    left = limit_bytes + 1
    try:
        while packed:
            stream = zlib.decompressobj(_GZIP)
            part = stream.decompress(packed, left)
            left -= len(part)
            parts.append(part)
            if left <= 0:
                raise _too_large(limit_bytes)
            if not stream.eof:
                raise BadRequestError("the gzip body is cut short")
            packed = stream.unused_data
    except zlib.error as error:
        raise BadRequestError(f"the body is no gzip: {error}") from error
    return b"".join(parts)


def json_object(body: bytes) -> dict[str, Any]:
    """The body as one JSON object."""
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadRequestError(f"Request body deserialize error: {error}") from error
    if not isinstance(value, dict):
        raise BadRequestError("Request body deserialize error: expected a JSON object")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _too_large(limit_bytes: int) -> ApiError:
    return ApiError(f"The request payload is too large, at most {limit_bytes} bytes", 413)
