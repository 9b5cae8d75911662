"""Opens what a process works with: database up and migrated, dead runs swept. Once a process."""

from __future__ import annotations

import atexit
from threading import Lock

from rushes.artifacts.runs import sweep_dead_runs
from rushes.db.engine import make_engine
from rushes.db.migrate import upgrade
from rushes.db.server import ensure_database
from rushes.pipeline.context import PipelineContext
from rushes.settings import Settings, get_settings

_contexts: dict[Settings, PipelineContext] = {}
_lock = Lock()


def open_context(settings: Settings | None = None) -> PipelineContext:
    """The context of this process for those settings; made at first use, shared after."""
    chosen = settings or get_settings()
    with _lock:
        if chosen not in _contexts:
            _make_private_folders(chosen)
            engine = make_engine(ensure_database(chosen).rushes)
            upgrade(engine)
            sweep_dead_runs(engine)
            _contexts[chosen] = PipelineContext(chosen, engine)
            atexit.register(close_context, chosen)
        return _contexts[chosen]


def _make_private_folders(settings: Settings) -> None:
    """What was said in private films is for this user alone."""
    for folder in (
        settings.documents_root,
        settings.cache_root,
        settings.vectors_root,
        settings.data_dir / "scratch",
        settings.data_dir / "logs",
        settings.data_dir / "dagster",
    ):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def close_context(settings: Settings) -> None:
    """Give back what this process holds for those settings."""
    with _lock:
        context = _contexts.pop(settings, None)
    if context is not None:
        context.close()
