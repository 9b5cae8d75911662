"""How `rushes search-index status` looks on a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestration.cli.output import print_table, say, stdout

if TYPE_CHECKING:
    from rushes.search.sync.failures import FailedFilm
    from rushes.search.sync.status import IndexStatus, SyncStatus


def show_status(status: SyncStatus, failures: Sequence[FailedFilm]) -> None:
    """A line a number, the indexes, the films that failed."""
    for name, value in _lines(status):
        stdout.print(f"{name:12} {value}", highlight=False, markup=False, soft_wrap=True)
    columns = ("index", "state", "films", "documents", "unpurged", "answers for", "is built for")
    print_table("", columns, [_row(each) for each in status.indexes])
    if failures:
        rows = [
            (each.asset_id, each.error_code, each.error_text, each.attempts, _next(each))
            for each in failures
        ]
        print_table("not published", ("film", "code", "reason", "tries", "next"), rows)
    if status.outbox.dead_failures:
        say("try again what is given up: rushes search-index retry-dead")


def _lines(status: SyncStatus) -> list[tuple[str, str]]:
    outbox, publishing = status.outbox, status.publishing
    waits = "nothing waits"
    if outbox.oldest_seconds is not None:
        waits = f"{status.queue_films} films, the oldest for {outbox.oldest_seconds:.0f} s"
    drift = "never compared: rushes search-index verify"
    if outbox.reconciled_at is not None:
        drift = f"{outbox.drift}, compared {outbox.reconciled_at:%Y-%m-%d %H:%M %Z}"
    took = "nothing was published yet"
    if publishing.median_seconds is not None:
        took = (
            f"{publishing.median_seconds:.1f} s, 95 of 100 within {publishing.p95_seconds:.1f} s, "
            f"of the last {publishing.publications}"
        )
    cleaning = (
        f"{outbox.queue_dead_rows} dead rows in the queue, the oldest transaction is "
        f"{outbox.oldest_transaction_seconds:.0f} s old"
    )
    return [
        ("queue", waits),
        ("at work", f"{outbox.claims} films in hand, {outbox.pending_revs} on their way"),
        ("failures", f"{outbox.dead_failures} given up, {outbox.waiting_failures} tried again"),
        ("drift", drift),
        ("publishing", took),
        ("cleaning", cleaning),
    ]


def _row(index: IndexStatus) -> tuple[object, ...]:
    return (
        index.name,
        index.state,
        index.films,
        index.documents,
        index.unpurged_revs,
        ", ".join(index.active_of),
        ", ".join(index.shadow_of),
    )


def _next(failure: FailedFilm) -> str:
    if failure.is_dead:
        return "given up"
    at = failure.next_attempt_at
    return f"{at:%H:%M:%S}" if at else "now"
