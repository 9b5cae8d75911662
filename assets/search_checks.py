"""Gates of search: what an operator must see before trusting the index."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.search_upkeep import search_reconciliation
from orchestration.step_failures import failing_by_code
from resources.postgres import PostgresResource
from resources.quickwit import QuickwitResource
from rushes.search.service import SearchService
from rushes.search.sync.failures import failed_films
from rushes.search.sync.reconcile import reconcile
from rushes.search.sync.round_trip import round_trip
from rushes.search.sync.status import outbox_status
from rushes.search.sync.triggers import trigger_report

LONGEST_WAIT = timedelta(minutes=10)
"""A change that waits longer is more than a burst."""
_FRESH = timedelta(hours=26)
"""The nightly comparison and some time for it."""


@dg.asset_check(
    asset="quickwit_sync",
    description=(f"No change waits for more than {LONGEST_WAIT.total_seconds() / 60:.0f} minutes."),
)
def outbox_is_drained(postgres: PostgresResource) -> dg.AssetCheckResult:
    """Look at the oldest row of the queue."""
    with postgres.engine.connect() as connection:
        outbox = outbox_status(connection)
    waited = outbox.oldest_seconds or 0.0
    return dg.AssetCheckResult(
        passed=waited <= LONGEST_WAIT.total_seconds(),
        metadata={"rows": outbox.queue_rows, "oldest seconds": waited, "claims": outbox.claims},
    )


@dg.asset_check(
    asset="quickwit_sync",
    description="No film is given up. One that is tried again soon is a warning.",
)
def no_film_is_left_out(postgres: PostgresResource) -> dg.AssetCheckResult:
    """List the films that could not be published, with their reasons."""
    with postgres.engine.connect() as connection:
        failures = failed_films(connection)
        outbox = outbox_status(connection)
    severity = dg.AssetCheckSeverity.ERROR if outbox.dead_failures else dg.AssetCheckSeverity.WARN
    metadata: dict[str, object] = {
        "dead": outbox.dead_failures,
        "tried again": outbox.waiting_failures,
    }
    if failures:
        rows = [
            {
                "film": each.asset_id,
                "index": each.index_name,
                "code": each.error_code,
                "reason": each.error_text,
                "tries": each.attempts,
                "dead": each.is_dead,
            }
            for each in failures
        ]
        metadata["films"] = dg.MetadataValue.table([dg.TableRecord(row) for row in rows])
    return dg.AssetCheckResult(passed=not failures, severity=severity, metadata=metadata)


@dg.asset_check(
    asset="quickwit_sync",
    description="Every table that a search document is made of tells the outbox of its changes.",
)
def search_triggers_installed(postgres: PostgresResource) -> dg.AssetCheckResult:
    """The tables are those that the document query itself reads."""
    with postgres.engine.connect() as connection:
        report = trigger_report(connection)
    return dg.AssetCheckResult(
        passed=report.is_complete,
        metadata={
            "tables": ", ".join(report.tables),
            "not heard of": ", ".join(report.silent) or "none",
            "disabled": ", ".join(report.disabled) or "none",
        },
    )


@dg.asset_check(
    asset="quickwit_sync",
    description="A published film is found by a word of its own, and by the engine.",
)
def search_round_trip(
    postgres: PostgresResource, quickwit: QuickwitResource
) -> dg.AssetCheckResult:
    """Asked in the way in which the API asks."""
    tried = round_trip(postgres.engine, SearchService(postgres.engine, quickwit.client))
    if tried is None:
        return dg.AssetCheckResult(passed=True, metadata={"film": "nothing is published yet"})
    return dg.AssetCheckResult(
        passed=tried.is_good,
        metadata={
            "film": tried.asset_id,
            "found": tried.is_found,
            "answered by": tried.search_source.value,
            "milliseconds": round(tried.took_ms, 1),
        },
    )


@dg.asset_check(
    asset=search_reconciliation,
    description="The index equals Postgres: the last comparison is fresh and found no drift.",
)
def index_equals_postgres(
    postgres: PostgresResource, quickwit: QuickwitResource
) -> dg.AssetCheckResult:
    """Of an old comparison nothing is believed: then all is compared now, without repair."""
    now = datetime.now(UTC)
    with postgres.engine.connect() as connection:
        outbox = outbox_status(connection)
    at, drift = outbox.reconciled_at, outbox.drift
    if at is None or drift is None or now - at > _FRESH:
        with failing_by_code():
            drift = reconcile(postgres.engine, quickwit.client, now, repair=False).total
        at = now
    return dg.AssetCheckResult(
        passed=drift == 0, metadata={"drift": drift, "compared": at.isoformat(timespec="seconds")}
    )


SEARCH_CHECKS = [
    outbox_is_drained,
    no_film_is_left_out,
    search_triggers_installed,
    search_round_trip,
    index_equals_postgres,
]
