"""A whole Rushes of its own: library folder, database, data directory and Dagster instance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.tags import PARTITION_NAME_TAG
from sqlalchemy import select

from orchestration.definitions import defs
from orchestration.home import STORAGE_URL
from orchestration.indexing import Indexer
from orchestration.instance import open_instance
from orchestration.partitions import VIDEOS
from rushes.artifacts.vocabulary import ModelProfile
from rushes.db.tables import asset
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.startup import close_context, open_context
from rushes.pipeline.workload import Workload
from rushes.settings import get_settings
from tests.media_factory import make_clip

SMALL = (160, 90)
STAGES = ("source_video", "media_pass", "scenes", "transcript")
"""What is asked for: enough to see how films go through, and no model to wait for."""


@dataclass(frozen=True)
class World:
    """What a test works in. Films are without sound, so that no model is asked."""

    root: Path
    context: PipelineContext
    instance: dg.DagsterInstance

    def clip(self, name: str, *, frames: int = 30, **options: Any) -> Path:
        """A film in the library's folder; its length makes it differ from others."""
        path = self.root / name
        return make_clip(path, frames=frames, size=SMALL, audio=False, **options)

    @property
    def indexer(self) -> Indexer:
        return Indexer(Workload(self.context, ModelProfile.BALANCED, STAGES))

    def register(self) -> dict[str, str]:
        """Scan the folder; path -> id of all films."""
        self.indexer.register([self.root], None, 0.0)
        return self.ids

    def index(self) -> dict[str, str]:
        """Scan the folder and take all films through all stages; path -> id."""
        ids = self.register()
        self.indexer.run(sorted(ids.values()))
        return ids

    @property
    def ids(self) -> dict[str, str]:
        with self.context.engine.connect() as connection:
            rows = connection.execute(select(asset.c.path, asset.c.asset_id))
            return {row.path: row.asset_id for row in rows}

    def statuses(self, name: str) -> dict[str, str]:
        """Path -> what Dagster says of that asset's partition."""
        keys = self.instance.get_dynamic_partitions("videos")
        found = self.instance.get_status_by_partition(dg.AssetKey(name), keys, VIDEOS) or {}
        by_key = {key: status.value if status else "NONE" for key, status in found.items()}
        return {path: by_key.get(key, "NONE") for path, key in self.ids.items()}

    def materializations(self, name: str, key: str) -> int:
        """How often Dagster was told that this partition is there."""
        filters = dg.AssetRecordsFilter(asset_key=dg.AssetKey(name), asset_partitions=[key])
        return len(self.instance.fetch_materializations(filters, limit=100).records)

    def execute(
        self, *assets: str, checks: tuple[str, ...] = (), key: str | None = None
    ) -> dg.ExecuteInProcessResult:
        """Materialize assets, or only evaluate checks (`asset:name`), as the UI would."""
        job = defs.resolve_implicit_global_asset_job_def().get_subset(
            asset_selection={dg.AssetKey(name) for name in assets},
            asset_check_selection={_check_key(check) for check in checks} if checks else None,
        )
        # As a tag, which is what a run has: checks alone share no definition of partitions that the
        # key could be held against.
        tags = {} if key is None else {PARTITION_NAME_TAG: key}
        return job.execute_in_process(
            instance=self.instance, tags=tags, raise_on_error=False, run_config=QUIET
        )


QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def _check_key(text: str) -> dg.AssetCheckKey:
    asset_name, _, name = text.partition(":")
    return dg.AssetCheckKey(dg.AssetKey(asset_name), name)


def verdicts(result: dg.ExecuteInProcessResult) -> dict[tuple[str, str | None], bool]:
    """(check, partition) -> passed."""
    return {
        (each.check_name, each.partition): each.passed
        for each in result.get_asset_check_evaluations()
    }


@contextmanager
def open_world(folder: Path, database_url: str, dagster_url: str) -> Iterator[World]:
    """A world over two databases of its own."""
    data_dir, root = folder / "data", folder / "films"
    for each in (data_dir, root):
        each.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RUSHES_DATABASE_URL", database_url)
        environment.setenv("RUSHES_DAGSTER_DATABASE_URL", dagster_url)
        environment.setenv("RUSHES_DATA_DIR", str(data_dir))
        environment.setenv("RUSHES_STABILITY_SECONDS", "0")
        environment.setenv("RUSHES_CPU_THREADS", "1")
        environment.setenv("DAGSTER_HOME", str(data_dir / "dagster"))
        environment.setenv(STORAGE_URL, "")
        get_settings.cache_clear()
        settings = get_settings()
        try:
            with open_instance(settings) as instance:
                yield World(root, open_context(settings), instance)
        finally:
            close_context(settings)
            get_settings.cache_clear()
