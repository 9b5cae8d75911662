"""One round of the overhead benchmark, in a process of its own with a data directory of its own.

python -m scripts.benchmarks.overhead_films CLIPS LAUNCHED   (RUSHES_* say where and how)

Indexes all clips of the folder CLIPS but the last LAUNCHED as `rushes index` does, in chunks;
those last ones by one launched run each. Prints one JSON object.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import Engine, select

from orchestration.indexing import Indexer
from rushes.artifacts.vocabulary import ModelProfile
from rushes.db.tables import runs
from rushes.pipeline.stages import STAGE_NAMES
from rushes.pipeline.startup import open_context
from rushes.pipeline.workload import Workload

MODEL_WORK = ("decode", "load", "analyse")
"""Timings of a run that are no orchestration."""


def main(clips: Path, launched: int) -> dict[str, float]:
    """Seconds a film of both sides: on the wall, in decode and model, and the rest."""
    context = open_context()
    indexer = Indexer(Workload(context, ModelProfile(context.settings.profile)))
    asset_ids = indexer.register([clips], "clips", 0.0).asset_ids
    split = len(asset_ids) - launched
    chunked, single = asset_ids[:split], asset_ids[split:]
    indexer.register_partitions(asset_ids)

    def launch_each() -> None:
        for asset_id in single:
            subprocess.run(launch_command(asset_id), check=True, capture_output=True)

    return {
        **_measured("chunk", lambda: indexer.run(chunked), context.engine, chunked),
        **_measured("launched", launch_each, context.engine, single),
    }


def launch_command(asset_id: str) -> list[str]:
    """Dagster's own way to run one partition: one process, one run."""
    return [
        sys.executable, "-m", "dagster", "asset", "materialize", "-m", "orchestration.definitions",
        "--select", ",".join(STAGE_NAMES), "--partition", asset_id,
    ]  # fmt: skip


def _measured(
    side: str, work: Callable[[], None], engine: Engine, asset_ids: Sequence[str]
) -> dict[str, float]:
    begin = time.monotonic()
    work()
    wall = time.monotonic() - begin
    with engine.connect() as connection:
        query = select(runs.c.status, runs.c.timings).where(runs.c.asset_id.in_(asset_ids))
        rows = connection.execute(query).all()
    done = sum(row.status == "completed" for row in rows)
    if done != len(asset_ids) * len(STAGE_NAMES):
        raise SystemExit(f"{side}: {done} stages of {len(asset_ids)} films were completed")
    spent = sum(row.timings.get(name, 0.0) for row in rows for name in MODEL_WORK)
    documents = sum(row.timings.get("document", 0.0) for row in rows)
    films = len(asset_ids)
    return {
        f"{side} wall": wall / films,
        f"{side} decode and model": spent / films,
        f"{side} documents": documents / films,
        f"{side} orchestration": (wall - spent) / films,
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
