"""A film's media for its stages: from the cache, or by one decode of the source."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from sqlalchemy import select

from rushes.analysis.protocol import FilmMedia, Watch
from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.hashing import config_hash
from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType
from rushes.db.tables import asset, runs
from rushes.errors import AnalysisError, MediaError
from rushes.library.records import Video
from rushes.library.sources import source_path
from rushes.media.cache import CachedMedia
from rushes.media.manifest import MediaPassManifest
from rushes.pipeline.context import PipelineContext, StageTask


def film_media(context: PipelineContext, film: Video, task: StageTask, watch: Watch) -> FilmMedia:
    """What the analyser of `task` may read of `film`."""
    return FilmMedia(
        asset_id=film.asset_id,
        content_hash=film.content_hash,
        source=film.source_path,
        cached=lambda: open_media(context, film, watch),
        earlier=lambda artifact_type: _earlier(context, film, task, artifact_type),
    )


def has_media(context: PipelineContext, film: Video) -> bool:
    """Whether the cache holds the film's media pass."""
    standing = context.cache.get(film.content_hash, config_hash(context.media_pass))
    if standing is None:
        return False
    standing.close()
    return True


def forget_media(context: PipelineContext, film: Video) -> None:
    """Let go of the film's damaged media, so that they are made anew; kept while its drive is away.

    What else is in the cache may be the only thing that can be read until the drive is back.
    """
    with suppress(MediaError):
        source_path(film)
        context.cache.forget(film.content_hash)


def forget_media_of_deleted(context: PipelineContext, film: Video) -> None:
    """Let go of what was decoded of a film that was deleted meanwhile, unless a twin needs it."""
    with context.engine.connect() as connection:
        if not connection.scalar(
            select(asset.c.asset_id).where(asset.c.content_hash == film.content_hash).limit(1)
        ):
            context.cache.forget(film.content_hash)


def _earlier(
    context: PipelineContext, film: Video, task: StageTask, artifact_type: ArtifactType
) -> Sequence[ArtifactEnvelope]:
    """The artifacts of exactly that work which is part of the task's configuration."""
    stage = STAGE_OF_TYPE[artifact_type]
    digest = task.rests_on.get(stage)
    if digest is None:  # that stage is not to be had here
        return ()
    query = (
        select(runs.c.run_id)
        .where(
            runs.c.asset_id == film.asset_id,
            runs.c.content_version == film.content_version,
            runs.c.stage == stage,
            runs.c.config_hash == digest,
            runs.c.status == "completed",
        )
        .order_by(runs.c.finished_at.desc())
        .limit(1)
    )
    with context.engine.connect() as connection:
        run_id = connection.execute(query).scalar()
        if run_id is None:
            raise AnalysisError(
                f"{task.stage.name} reads the results of {stage}, which are not there yet",
                code="earlier_stage_missing",
                retryable=True,
                remedy=f"index with --stages {stage},{task.stage.name}",
            )
        return context.artifacts.by_asset(connection, film.asset_id, artifact_type, [run_id])


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
