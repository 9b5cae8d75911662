"""What keeps the search index in order: generations, purge, comparison with Postgres."""

from datetime import UTC, datetime
from itertools import islice

import dagster as dg

from orchestration.step_failures import failing_by_code
from resources.postgres import PostgresResource
from resources.quickwit import QuickwitResource
from rushes.search.generations.advancing import advance
from rushes.search.generations.ensuring import ensure_generations
from rushes.search.generations.progress import ShadowProgress
from rushes.search.sync.purge import purge
from rushes.search.sync.reconcile import reconcile

_SHOWN = 50
"""Films of a kind that are named."""


@dg.asset(
    group_name="search",
    kinds={"postgres", "quickwit"},
    description=(
        "Which index answers for which library. Makes what is missing, begins a new generation "
        "where the template has changed, promotes what is ready, drops what nobody needs."
    ),
)
def search_generations(
    postgres: PostgresResource, quickwit: QuickwitResource
) -> dg.MaterializeResult:
    """One step forward; nothing is waited for."""
    now = datetime.now(UTC)
    with failing_by_code():
        ensured = ensure_generations(postgres.engine, quickwit.client, now)
        advanced = advance(postgres.engine, quickwit.client, now)
    begun = [name for name in (ensured.first, ensured.begun, advanced.begun) if name]
    metadata: dict[str, object] = {
        "begun": ", ".join(begun) or "none",
        "promoted": ", ".join(each.library for each in advanced.promoted) or "none",
        "restored": len(ensured.restored),
        "dropped": len(advanced.dropped),
    }
    if advanced.under_way:
        rows = [_progress(each) for each in advanced.under_way]
        metadata["under way"] = dg.MetadataValue.table(rows)
    return dg.MaterializeResult(metadata=metadata)


@dg.asset(
    deps=[search_generations],
    group_name="search",
    kinds={"postgres", "quickwit"},
    description="Takes what no reader needs any more out of the index, by delete tasks.",
)
def search_purge(postgres: PostgresResource, quickwit: QuickwitResource) -> dg.MaterializeResult:
    """One delete task an index at most; the engine does it when it likes."""
    with failing_by_code():
        reports = purge(postgres.engine, quickwit.client, datetime.now(UTC))
    metadata: dict[str, object] = {
        "revs purged": sum(each.purged for each in reports),
        "revs asked for": sum(each.asked for each in reports),
        "revs unpurged": sum(each.waiting for each in reports),
    }
    if reports:
        rows = [
            {"index": e.index_name, "purged": e.purged, "asked": e.asked, "unpurged": e.waiting}
            for e in reports
        ]
        metadata["indexes"] = dg.MetadataValue.table([dg.TableRecord(row) for row in rows])
    return dg.MaterializeResult(metadata=metadata)


@dg.asset(
    deps=["quickwit_sync"],
    group_name="search",
    kinds={"postgres", "quickwit"},
    description=(
        "Compares every film with what is published of it, and every index with what it should "
        "hold. What differs is published anew."
    ),
)
def search_reconciliation(
    postgres: PostgresResource, quickwit: QuickwitResource
) -> dg.MaterializeResult:
    """The drift number is 0 where the index equals Postgres."""
    with failing_by_code():
        drift = reconcile(postgres.engine, quickwit.client, datetime.now(UTC))
    kinds = {"stale": drift.stale, "damaged": drift.damaged, "strange": drift.strange}
    metadata: dict[str, object] = {"drift": drift.total, "films": drift.films}
    for name, found in kinds.items():
        metadata[name] = len(found)
        if found:
            metadata[f"{name}: which"] = ", ".join(map(str, islice(found, _SHOWN)))
    return dg.MaterializeResult(metadata=metadata)


def _progress(each: ShadowProgress) -> dg.TableRecord:
    return dg.TableRecord(
        {
            "library": each.library,
            "index": each.generation,
            "films": each.films,
            "done": each.done,
            "failed": each.failed,
            "reason": each.reason,
        }
    )
