"""The next film's media pass, made while the models still look at this one's."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

from sqlalchemy import select

from rushes.analysis.protocol import Watch
from rushes.artifacts.hashing import config_hash
from rushes.db.tables import runs
from rushes.errors import RushesError
from rushes.library.records import Video
from rushes.library.repository import get_videos
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.faults import require_free_space
from rushes.pipeline.media import forget_media_of_deleted, has_media, open_media
from rushes.pipeline.stages import MEDIA_PASS

_log = logging.getLogger(__name__)


class _WorkEndedError(Exception):
    """The work has ended before this film's turn came."""


class DecodeAhead:
    """Fills the cache for one film at a time, in a thread of its own.

    What fails here fails again, and is recorded, when the film's own turn comes.
    """

    def __init__(self, context: PipelineContext) -> None:
        self._context = context
        self._ended = Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="decode-ahead")
        self._running: Future[None] | None = None
        self.seconds: dict[str, float] = {}
        """What the films decoded here took, by asset_id."""

    def start(self, asset_id: str) -> None:
        """Begin with this film, unless the one before is still being decoded."""
        if self._running is None or self._running.done():
            self._running = self._thread.submit(self._decode, asset_id)

    def close(self) -> None:
        """Stop at the next progress of the decoder."""
        self._ended.set()
        self._thread.shutdown(cancel_futures=True)

    def _decode(self, asset_id: str) -> None:
        settings = self._context.settings
        films = get_videos(self._context.engine, [asset_id])
        try:
            require_free_space(settings.data_dir, settings.min_free_bytes)
            for film in films.values():
                if not self._is_wanted(film):
                    continue
                started = time.monotonic()
                limit = time.monotonic() + settings.stage_timeout_seconds
                open_media(self._context, film, Watch(self._go_on, limit)).close()
                forget_media_of_deleted(self._context, film)  # no run of it told of this work
                self.seconds[film.asset_id] = time.monotonic() - started
        except (RushesError, OSError, _WorkEndedError) as error:
            _log.debug("%s was not decoded ahead: %s", asset_id, error)

    def _is_wanted(self, film: Video) -> bool:
        """Whether the film's media pass is yet to be made: one that stands may need nothing."""
        if has_media(self._context, film):
            return False
        stands = select(runs.c.run_id).where(
            runs.c.asset_id == film.asset_id,
            runs.c.content_version == film.content_version,
            runs.c.stage == MEDIA_PASS,
            runs.c.config_hash == config_hash(self._context.media_pass),
            runs.c.status == "completed",
        )
        with self._context.engine.connect() as connection:
            return connection.execute(stands.limit(1)).first() is None

    def _go_on(self, done: float, total: float) -> None:
        if self._ended.is_set():
            raise _WorkEndedError


@contextmanager
def decoding_ahead(context: PipelineContext) -> Iterator[DecodeAhead]:
    """Decodes ahead inside the block, and no longer."""
    ahead = DecodeAhead(context)
    try:
        yield ahead
    finally:
        ahead.close()
