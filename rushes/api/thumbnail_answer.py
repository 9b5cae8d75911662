"""The answer with a picture of a film."""

from __future__ import annotations

import hashlib

from fastapi import Response

from rushes.api.conditions import names_tag
from rushes.artifacts.hashing import config_hash
from rushes.library.records import Video
from rushes.media.cache import cache_key
from rushes.media.thumbnail import no_thumbnail, thumbnail
from rushes.pipeline.context import PipelineContext

FRAME_HEADER = "X-Rushes-Frame-Ms"
_FOR_A_YEAR = "private, max-age=31536000, immutable"
_FOR_AN_HOUR = "private, max-age=3600, immutable"
"""Without the content's hash in its address a picture may change, if rarely."""


def thumbnail_answer(
    context: PipelineContext,
    film: Video,
    ms: int,
    width: int | None,
    content: str | None,
    if_none_match: str | None,
) -> Response:
    """The picture, or 304. NoThumbnailError where the cache has none."""
    digest = config_hash(context.media_pass)
    media = context.cache.get(film.content_hash, digest)
    if media is None:
        raise no_thumbnail(f"there are no pictures of {film.path!r}")
    with media:
        picture = thumbnail(media, ms, width)
        key = f"{cache_key(film.content_hash, digest)} {picture.frame.frame_number} {picture.width}"
        tag = f'"{hashlib.sha256(key.encode()).hexdigest()[:32]}"'
        headers = {
            "ETag": tag,
            "Cache-Control": _FOR_A_YEAR if content == film.content_hash else _FOR_AN_HOUR,
            FRAME_HEADER: str(picture.frame.time_ms),
        }
        if names_tag(if_none_match, tag):
            return Response(status_code=304, headers=headers)
        return Response(picture.jpeg(), media_type="image/jpeg", headers=headers)
