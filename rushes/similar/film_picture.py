"""The picture of a moment of a film, to ask with: out of the media cache, the drive may be away."""

from __future__ import annotations

from rushes.artifacts.hashing import config_hash
from rushes.library.repository import get_video
from rushes.media.thumbnail import no_thumbnail, thumbnail
from rushes.pipeline.context import PipelineContext


def picture_at(context: PipelineContext, asset_id: str, at_ms: int) -> bytes:
    """The sampled frame as it was analysed, as JPEG.

    NotFoundError `video_not_found`, NoThumbnailError where the cache has no picture of then.
    """
    film = get_video(context.engine, asset_id)
    digest = config_hash(context.media_pass)
    media = context.cache.get(film.content_hash, digest)
    if media is None:
        raise no_thumbnail(f"there are no pictures of {film.path!r}")
    with media:
        return thumbnail(media, at_ms).jpeg()
