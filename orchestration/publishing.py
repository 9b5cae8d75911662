"""Publishing outside of Dagster's runs, for the command line; Dagster is told of it behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rushes.pipeline.context import PipelineContext
from rushes.search.quickwit.errors import QuickwitError
from rushes.search.sync.draining import DrainLimits, drain
from rushes.search.sync.failures import Failure
from rushes.search.sync.films import drain_films, film_states
from rushes.search.sync.progress import Progress
from rushes.search.sync.waiting import films_that_wait

if TYPE_CHECKING:
    import dagster as dg

    from orchestration.film_reports import FilmReports

_REASONS_KEPT = 100
_FEW_FILMS = 200
_QUICK_SECONDS = 5.0


@dataclass(slots=True)
class Tally:
    """What was done so far: numbers of films; `failures` are the newest, by film."""

    published: int = 0
    documents: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: int = 0
    failures: dict[str, Failure] = field(default_factory=dict)

    def add(self, step: Progress) -> None:
        """Count a step in."""
        self.published += len(step.published)
        self.documents += sum(step.published.values())
        self.unchanged += len(step.unchanged)
        self.removed += len(step.removed)
        self.failed += len(step.failed)
        self.failures.update({each.asset_id: each for each in step.failed})
        for asset_id in list(self.failures)[:-_REASONS_KEPT]:
            del self.failures[asset_id]

    def __str__(self) -> str:
        return (
            f"{self.published} films published ({self.documents} documents), "
            f"{self.unchanged} unchanged, {self.removed} removed, {self.failed} failed"
        )


Shown = Callable[[Tally], None]


def publish_films(
    context: PipelineContext, asset_ids: Sequence[str], *, away_seconds: float, show: Shown
) -> Tally:
    """Publish what waits until nothing of these films does. Starts no engine where nothing waits.

    `show` is told after each step what was done so far. Raises the engine's errors after
    `away_seconds` without it, and `SyncUnfinishedError`.
    """
    steps = drain_films(
        context.engine, lambda: context.quickwit, asset_ids, away_seconds=away_seconds
    )
    return follow(context, steps, show)


def publish_the_last(context: PipelineContext) -> None:
    """Before a question: publish the few films that were changed since, if that goes quickly.

    Many are left to `rushes up` or `rushes search-index sync`, and so is all where the engine is
    away: who asks is answered all the same.
    """
    if not 0 < films_that_wait(context.engine) <= _FEW_FILMS:
        return
    limits = DrainLimits(idle=0.0, longest=_QUICK_SECONDS, away=0.0)
    with suppress(QuickwitError):
        follow(context, drain(context.engine, context.quickwit, limits), lambda _: None)


def follow(context: PipelineContext, steps: Iterator[Progress], show: Shown) -> Tally:
    """Go through the steps of a drain, show them, and tell Dagster of the films."""
    done = Tally()
    with _reporting(context) as report:
        for step in steps:
            done.add(step)
            report(step)
            show(done)
    return done


@contextmanager
def _reporting(context: PipelineContext) -> Iterator[Callable[[Progress], None]]:
    """Dagster takes a second to load: that is spared where nothing is published."""
    opened: list[FilmReports] = []

    def report(step: Progress) -> None:
        films = [*step.published, *(each.asset_id for each in step.failed)]
        if films and not opened:
            opened.append(_reports(context, held))
        if films:
            opened[0].add(films)

    with ExitStack() as held:
        try:
            yield report
        finally:
            for each in opened:
                each.close()


def _reports(context: PipelineContext, held: ExitStack) -> FilmReports:
    """Its thread opens Dagster's instance when it has something to tell; `held` closes it."""
    from assets.search_sync import film_events
    from orchestration.film_reports import FilmEvent, FilmReports, log_events
    from orchestration.instance import open_instance

    instances: list[dg.DagsterInstance] = []

    def describe(asset_ids: Sequence[str]) -> list[FilmEvent]:
        with context.engine.connect() as connection:
            return film_events(film_states(connection, asset_ids))

    def tell(events: Sequence[FilmEvent]) -> None:
        if not instances:
            instances.append(held.enter_context(open_instance(context.settings)))
        log_events(instances[0], None, events)

    return FilmReports(tell, describe)
