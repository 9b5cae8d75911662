"""`quickwit_sync`: which films the search index holds, and publishing chosen ones anew.

By itself the outbox does it: see `orchestration/search_jobs.py`, which reports the same asset.
"""

from collections.abc import Iterable, Iterator

import dagster as dg

from orchestration.dead_runs import WORKER_TAG
from orchestration.film_reports import FilmEvent, log_events
from orchestration.partitions import VIDEOS
from orchestration.step_failures import failing_by_code
from resources.pipeline import PipelineResource
from resources.quickwit import QuickwitResource
from rushes.pipeline.interrupts import check_interrupt, interruptible
from rushes.search.sync.films import FilmState, drain_films, enqueue, film_states
from rushes.search.sync.progress import Progress

QUICKWIT_SYNC = "quickwit_sync"
INDEX_WRITER_POOL = "index-writer"
_CHUNK = 200


@dg.multi_asset(
    name=QUICKWIT_SYNC,
    specs=[
        dg.AssetSpec(
            QUICKWIT_SYNC,
            deps=["film_answers"],
            partitions_def=VIDEOS,
            group_name="search",
            kinds={"postgres", "quickwit"},
            skippable=True,
            description=(
                "A film's scenes in the search index. Changes are published by themselves and "
                "reported here; materializing it looks at those films once more."
            ),
        )
    ],
    can_subset=True,
    backfill_policy=dg.BackfillPolicy.multi_run(_CHUNK),
    pool=INDEX_WRITER_POOL,
)
def quickwit_sync(
    context: dg.AssetExecutionContext, pipeline: PipelineResource, quickwit: QuickwitResource
) -> Iterator[dg.AssetMaterialization]:
    """Ask for the films, and publish until they are done. Nothing is returned, or all keys of the
    range would be materialized, the failed ones too.
    """
    engine, films = pipeline.context.engine, list(context.partition_keys)
    context.instance.add_run_tags(
        context.run.run_id, {WORKER_TAG: str(pipeline.context.worker.key)}
    )
    enqueue(engine, films)
    done = Progress()
    with failing_by_code(), interruptible():
        for step in drain_films(engine, lambda: quickwit.client, films, on_look=check_interrupt):
            done.add(step)
    with engine.connect() as connection:  # others that waited before them are published too
        states = film_states(connection, [*films, *done.published])
    log_events(context.instance, context.run, film_events(states))
    asked = set(films)
    if failed := [each for each in states if each.error_code and each.asset_id in asked]:
        raise _failure(failed)
    yield from ()


def film_events(states: Iterable[FilmState]) -> list[FilmEvent]:
    """What Dagster is told of films: where they are published, or why they are not."""
    return [_published(each) if each.error_code is None else _failed(each) for each in states]


def _published(state: FilmState) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        QUICKWIT_SYNC,
        partition=state.asset_id,
        metadata={"documents": state.documents, "index": ", ".join(state.indexes) or "none"},
        tags={"dagster/data_version": state.content_hash or "none"},
    )


def _failed(state: FilmState) -> dg.AssetObservation:
    return dg.AssetObservation(
        QUICKWIT_SYNC,
        partition=state.asset_id,
        metadata={
            "status": "failed",
            "code": state.error_code,
            "reason": state.error_text,
            "documents": state.documents,
        },
    )


def _failure(failed: Iterable[FilmState]) -> dg.Failure:
    reasons = {each.asset_id: f"{each.error_code}: {each.error_text}" for each in failed}
    return dg.Failure(
        f"{len(reasons)} films could not be published: {', '.join(sorted(reasons))}",
        metadata=reasons,
        allow_retries=False,
    )
