"""One round of the pipeline benchmark, in a process of its own with a data directory of its own.

python -m scripts.benchmarks.pipeline_film FILM   (RUSHES_* say where and how)

Indexes FILM as `rushes index` does, with all stages that can be had, then lets the same models
look at the same inputs by themselves. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from orchestration.indexing import Indexer
from rushes.artifacts.vocabulary import ModelProfile
from rushes.db.tables import runs
from rushes.library.repository import get_video
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.startup import open_context
from rushes.pipeline.workload import Workload
from scripts.benchmarks.pure_inference import PureInference, measure

Timings = dict[str, dict[str, float]]
"""Seconds (or counts) by name, by stage."""


def main(film: Path) -> dict[str, Any]:
    """`totals` in seconds and `stages`: {stage: {frames, inference, index analyse, ...}}."""
    context = open_context()  # makes and starts Postgres: once a machine, not once a film
    outside = {"imports": _import_seconds()}
    from orchestration.instance import open_instance  # Dagster, whose imports are timed

    with open_instance(context.settings):  # makes Dagster's tables, once a machine too
        pass
    begin = time.monotonic()
    work = Workload(context, ModelProfile(context.settings.profile))
    indexer = Indexer(work)
    asset_ids = indexer.register([film], None, 0.0).asset_ids
    outside["registration"] = time.monotonic() - begin
    indexer.plan(asset_ids)
    indexer.run(asset_ids)
    wall = outside["imports"] + time.monotonic() - begin
    timings = _timings(context, asset_ids[0], len(work.tasks()))
    video = get_video(context.engine, asset_ids[0])
    pure = {task.stage.name: measure(context, video, task) for task in work.tasks()}
    return {
        "totals": totals(wall, outside, timings, pure),
        "stages": {name: _row(timings[name], pure[name]) for name in timings},
        "unavailable": sorted(indexer.unavailable),
        "notes": indexer.notes,
    }


def totals(
    wall: float,
    outside: Mapping[str, float],
    timings: Timings,
    pure: Mapping[str, PureInference | None],
) -> dict[str, float]:
    """Where a film's seconds go; `outside` are those before the first stage."""

    def all_of(name: str) -> float:
        return sum(each.get(name, 0.0) for each in timings.values())

    models = [each for each in pure.values() if each is not None]
    inference, gate = (
        sum(getattr(each, name) for each in models) for name in ("inference", "gate_model")
    )
    load, looking = all_of("load"), all_of("analyse")
    started = load + outside["imports"]  # models and Dagster, once a process and not once a film
    clocked = inference + sum(
        _own_inference(timings[name]) - each.inference
        for name, each in pure.items()
        if each is not None and "inference" in timings[name]
    )
    spent = {**outside, "decode": all_of("decode"), "documents": all_of("document")}
    return {
        "overhead / inference": (wall - started) / inference - 1,
        "the same, the ocr gate's model as overhead": (wall - started) / (inference - gate) - 1,
        "the same by the stages' own clocks": (wall - started) / clocked - 1,
        "wall": wall,
        "load": load,
        "inference": inference,
        **spent,
        "stages beside their models": looking - inference,
        "the rest (Dagster, database)": wall - load - looking - sum(spent.values()),
    }


def _own_inference(timings: Mapping[str, float]) -> float:
    """Seconds in models as the stage timed them while indexing; of its gate they are the most."""
    return timings["inference"] + timings.get("gate", 0.0)


def _import_seconds() -> float:
    """Of Dagster and all that it is told, which `rushes index` imports once it has work."""
    begin = time.monotonic()
    import orchestration.definitions  # noqa: F401

    return time.monotonic() - begin


def _timings(context: PipelineContext, asset_id: str, expected: int) -> Timings:
    with context.engine.connect() as connection:
        query = select(runs.c.stage, runs.c.status, runs.c.timings).where(
            runs.c.asset_id == asset_id
        )
        rows = connection.execute(query).all()
    done = {row.stage: dict(row.timings) for row in rows if row.status == "completed"}
    if len(done) != expected:
        raise SystemExit(f"{len(done)} of {expected} stages were completed: {rows}")
    return done


def _row(timings: Mapping[str, float], pure: PureInference | None) -> dict[str, float]:
    alone = pure.to_dict() if pure is not None else {}
    named = {f"index {name}": value for name, value in timings.items()}
    return {**alone, **named}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
