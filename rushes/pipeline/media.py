"""A film's media for its stages: from the cache, or by one decode of the source."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from rushes.analysis.protocol import FilmMedia, Watch
from rushes.artifacts.hashing import config_hash
from rushes.library.records import Video
from rushes.library.sources import source_path
from rushes.media.cache import CachedMedia
from rushes.media.manifest import MediaPassManifest
from rushes.pipeline.context import PipelineContext


def film_media(context: PipelineContext, film: Video, watch: Watch) -> FilmMedia:
    """What the analysers of `film` may read."""
    return FilmMedia(
        asset_id=film.asset_id,
        content_hash=film.content_hash,
        source=film.source_path,
        cached=lambda: open_media(context, film, watch),
    )


def open_media(context: PipelineContext, film: Video, watch: Watch) -> CachedMedia:
    """The film's media pass: from the cache also while its drive is away, else decoded now."""
    digest = config_hash(context.media_pass)
    standing = context.cache.get(film.content_hash, digest)
    if standing is not None:
        return standing
    decode = partial(_decode, context, source_path(film), watch)
    return context.cache.build(film.content_hash, digest, decode)


def _decode(
    context: PipelineContext, source: Path, watch: Watch, destination: Path
) -> MediaPassManifest:
    from rushes.media.media_pass import run_media_pass

    return run_media_pass(
        source,
        destination,
        context.media_pass,
        progress=watch.progress,
        deadline=watch.deadline,
    )
