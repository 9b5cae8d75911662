"""The answer with a film's own file."""

from __future__ import annotations

import hashlib
from email.utils import formatdate
from urllib.parse import quote

from fastapi import HTTPException, Request, Response

from rushes.api.conditions import names_tag, range_holds
from rushes.api.open_file import OpenFileResponse, UnsatisfiableRangeError, wanted_range
from rushes.library.paths import file_name
from rushes.library.records import Video
from rushes.media.streaming import OpenSource, content_type, open_film_file


def stream_answer(film: Video, request: Request) -> Response:
    """200, 206 or 304; 416 as HTTPException; what `open_film_file` raises."""
    source = open_film_file(film)
    try:
        return _answer(film, source, request)
    except BaseException:
        source.file.close()
        raise


def _answer(film: Video, source: OpenSource, request: Request) -> Response:
    size = source.size_bytes
    key = f"{film.content_hash} {size} {source.mtime_ns}"
    tag = f'"{hashlib.sha256(key.encode()).hexdigest()[:32]}"'
    modified = formatdate(source.mtime_ns / 1e9, usegmt=True)
    media_type = content_type(film.path)
    headers = {
        "ETag": tag,
        "Last-Modified": modified,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(file_name(film.path), safe='')}",
    }
    if not media_type.startswith("video/"):
        headers["Content-Encoding"] = "identity"  # a layer that compresses would break ranges
    if names_tag(request.headers.get("If-None-Match"), tag):
        source.file.close()
        return Response(status_code=304, headers=headers)
    part = _part(request, size, tag, modified)
    start, end = part or (0, size)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return OpenFileResponse(
        source.file, start, end, headers,
        media_type=media_type,
        status_code=200 if part is None else 206,
        head_only=request.method == "HEAD",
    )  # fmt: skip


def _part(request: Request, size: int, tag: str, modified: str) -> tuple[int, int] | None:
    """The range that is asked for; only GET has ranges."""
    if request.method != "GET" or not range_holds(request.headers.get("If-Range"), tag, modified):
        return None
    try:
        return wanted_range(request.headers.get("Range"), size)
    except UnsatisfiableRangeError as error:
        raise HTTPException(
            416, f"the film has {size} bytes", {"Content-Range": f"bytes */{size}"}
        ) from error
