"""Jobs of search: draining the outbox, upkeep, comparison, and the steps of a generation."""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg

from assets.search_sync import INDEX_WRITER_POOL, film_events
from orchestration.dead_runs import WORKER_TAG
from orchestration.film_reports import FilmEvent, FilmReports, log_events
from orchestration.step_failures import failing_by_code
from resources.pipeline import PipelineResource
from resources.postgres import PostgresResource
from resources.quickwit import QuickwitResource
from rushes.pipeline.interrupts import check_interrupt, interruptible
from rushes.search.generations.dropping import drop
from rushes.search.generations.promotion import Takeover, promote, rollback
from rushes.search.generations.shadow import begin_shadow
from rushes.search.sync.draining import DrainLimits, drain
from rushes.search.sync.films import film_states
from rushes.search.sync.progress import Progress

_ACTOR = "dagster"
"""In the audit log."""
_LIVE = {"dagster/priority": "10"}


class DrainConfig(dg.Config):  # type: ignore[misc]
    """When a drain ends, in seconds."""

    idle_seconds: float = 60.0
    """After so long without a change. A run takes seconds to start, so it waits for the next."""
    longest_seconds: float = 600.0
    away_seconds: float = 60.0
    """Without the engine; the run then fails, and another is asked for later."""


@dg.op(pool=INDEX_WRITER_POOL)
def drain_search_outbox(
    context: dg.OpExecutionContext,
    config: DrainConfig,
    pipeline: PipelineResource,
    quickwit: QuickwitResource,
) -> None:
    """Publish what changed, until nothing does any more. What it did is told behind it."""
    engine, done = pipeline.context.engine, Progress()
    worker = str(pipeline.context.worker.key)
    context.instance.add_run_tags(context.run.run_id, {WORKER_TAG: worker})

    def describe(asset_ids: Sequence[str]) -> list[FilmEvent]:
        with engine.connect() as connection:
            return film_events(film_states(connection, asset_ids))

    reports = FilmReports(
        lambda events: log_events(context.instance, context.run, events), describe
    )
    limits = DrainLimits(config.idle_seconds, config.longest_seconds, config.away_seconds)
    try:
        with failing_by_code(), interruptible():
            for progress in drain(engine, quickwit.client, limits, stop=_interrupted):
                done.add(progress)
                reports.add([*progress.published, *(each.asset_id for each in progress.failed)])
    finally:
        reports.close()
        context.log.info(
            f"published {len(done.published)} films, {len(set(done.unchanged))} were unchanged, "
            f"{len(set(done.removed))} removed, {len(done.failed)} failures; "
            f"{reports.told} reported, {reports.lost} not"
        )


def _interrupted() -> bool:
    check_interrupt()
    return False


@dg.job(
    tags={**_LIVE, "dagster/max_runtime": "1200"},
    description="Publish what waits in the outbox of search; ends after a minute of quiet.",
)
def drain_outbox() -> None:
    """See `drain_search_outbox`."""
    drain_search_outbox()


_LONGEST_UPKEEP = {"dagster/max_runtime": str(3600)}
_LONGEST_COMPARISON = {"dagster/max_runtime": str(6 * 3600)}

_CHEAP_GATES = dg.AssetSelection.checks_for_assets("quickwit_sync")

search_upkeep = dg.define_asset_job(
    "search_upkeep",
    selection=dg.AssetSelection.assets("search_generations", "search_purge") | _CHEAP_GATES,
    tags=_LONGEST_UPKEEP,
    description="Generations one step forward, the purge of what no reader needs, the gates.",
)

reconcile_search = dg.define_asset_job(
    "reconcile_search",
    selection=dg.AssetSelection.assets("search_reconciliation", "search_index_template"),
    tags=_LONGEST_COMPARISON,
    description="Compare the index with Postgres, and the template with what the engine makes.",
)


class ShadowConfig(dg.Config):  # type: ignore[misc]
    """Which index to build."""

    libraries: list[str] = []  # noqa: RUF012 - Dagster copies it
    """Their slugs; none: all."""
    reason: str = "asked for in Dagster"
    promote_when_ready: bool = False
    restart: bool = False
    """Give up one that is being built."""


class LibrariesConfig(dg.Config):  # type: ignore[misc]
    """Whose index changes."""

    libraries: list[str]


class DropConfig(dg.Config):  # type: ignore[misc]
    """Which index to give up."""

    generation: str
    force: bool = False
    """Also one that can still be gone back to."""


@dg.op
def begin_shadow_generation(
    context: dg.OpExecutionContext,
    config: ShadowConfig,
    postgres: PostgresResource,
    quickwit: QuickwitResource,
) -> None:
    """Make an index beside the one in use; the sync fills it."""
    with failing_by_code():
        begun = begin_shadow(
            postgres.engine,
            quickwit.client,
            config.libraries or None,
            reason=config.reason,
            promote_when_ready=config.promote_when_ready,
            restart=config.restart,
            actor=_ACTOR,
        )
    context.log.info(f"{begun.name} is being built")


@dg.op
def promote_shadow_generation(
    context: dg.OpExecutionContext,
    config: LibrariesConfig,
    postgres: PostgresResource,
    quickwit: QuickwitResource,
) -> None:
    """Let the shadows answer; refused while they lack anything."""
    with failing_by_code():
        taken = promote(postgres.engine, quickwit.client, config.libraries, actor=_ACTOR)
    _tell(context, taken)


@dg.op
def roll_back_generation(
    context: dg.OpExecutionContext, config: LibrariesConfig, postgres: PostgresResource
) -> None:
    """Let the previous indexes answer again."""
    with failing_by_code():
        taken = rollback(postgres.engine, config.libraries, actor=_ACTOR)
    _tell(context, taken)


@dg.op
def drop_generation(
    context: dg.OpExecutionContext,
    config: DropConfig,
    postgres: PostgresResource,
    quickwit: QuickwitResource,
) -> None:
    """Give up an index that answers for nobody; it is deleted once every reader has ended."""
    with failing_by_code():
        report = drop(
            postgres.engine,
            quickwit.client,
            config.generation,
            now=datetime.now(UTC),
            force=config.force,
            actor=_ACTOR,
        )
    context.log.info(f"dropped {list(report.dropped)}, to be dropped {list(report.draining)}")


def _tell(context: dg.OpExecutionContext, taken: Sequence[Takeover]) -> None:
    for each in taken:
        context.log.info(f"{each.library}: {each.active} answers, {each.previous} did before")


@dg.job(description="Build a new index beside the one in use; libraries as configuration.")
def search_shadow_begin() -> None:
    """See `begin_shadow_generation`."""
    begin_shadow_generation()


@dg.job(description="Let the shadow indexes of libraries answer.")
def search_shadow_promote() -> None:
    """See `promote_shadow_generation`."""
    promote_shadow_generation()


@dg.job(description="Let the previous indexes of libraries answer again.")
def search_rollback() -> None:
    """See `roll_back_generation`."""
    roll_back_generation()


@dg.job(description="Give up an index that answers for nobody.")
def search_generation_drop() -> None:
    """See `drop_generation`."""
    drop_generation()


SEARCH_JOBS = [
    drain_outbox,
    search_upkeep,
    reconcile_search,
    search_shadow_begin,
    search_shadow_promote,
    search_rollback,
    search_generation_drop,
]
