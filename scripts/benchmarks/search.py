"""The search index of 200,000 scenes: kept up to date, and asked.

Sync: `drain` of a full queue beside a bare ingest of the very same NDJSON into the same node.
Triggers: writes with those of the outbox and without. Search: `SearchService.search` with facets
and hydration beside bare tantivy in this process, on the node's own files.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from pathlib import Path
from statistics import quantiles

from scripts.benchmarks import search_service, search_sync, search_triggers
from scripts.benchmarks.report import Figure, Report, print_conditions, repeat
from scripts.benchmarks.search_data import Data, forget_indexes, made_films
from scripts.benchmarks.search_films import Size
from scripts.benchmarks.search_service import Published
from scripts.benchmarks.search_sync import Synced

QUICK = Size(4_000, 200)
TIMES, TIMES_QUICK = 60, 15
"""Of each kind of question in a round."""
FALLBACK_TIMES = 12
CHANGES, CHANGES_QUICK = 40, 5
UNPURGED = 5_000
SPEED_TARGET = 0.4
BEYOND_COMMIT_SECONDS = 2.0
WARM = 10


def main(quick: bool, size: Size | None = None, keep: Path | None = None) -> Report:
    """Everything in one run; questions and triggers in three rounds."""
    chosen = size or (QUICK if quick else Size())
    print_conditions(
        data=f"{chosen.scenes:,} scenes of {chosen.films:,} films, embedded Postgres and node",
        sync="rushes.search.sync.draining.drain; bare: POST /ingest of the same, 8 MiB a request",
        search="SearchService.search, 20 hits, 7 facets; bare: tantivy's parse_query, search, doc,"
        " snippets and aggregate in this process",
    )
    with made_films(chosen, keep) as data:
        written = repeat(lambda: search_triggers.measure(data, quick), "triggers ")
        forget_indexes(data.engine)
        synced = search_sync.synced(data)
        sync = sync_figures(synced)
        _show(sync)
        lags = search_sync.lags(data, CHANGES_QUICK if quick else CHANGES)
        searched = _search_figures(data, Published.of(synced.lines), quick)
    return Report(
        "search", [*sync, *lag_figures(lags), *search_triggers.figures(written), *searched]
    )


def sync_figures(synced: Synced) -> list[Figure]:
    """The promise is on the ratio of the speeds."""
    documents, ratio = len(synced.lines), synced.bare_seconds / synced.sync_seconds
    return [
        Figure.at_least("speed of sync to bare ingest", ratio, SPEED_TARGET),
        Figure("sync", documents / synced.sync_seconds, "docs/s"),
        Figure("bare ingest", documents / synced.bare_seconds, "docs/s"),
    ]


def lag_figures(lags: list[float]) -> list[Figure]:
    """From a commit to an answer that shows it."""
    cuts = quantiles(lags, n=100, method="inclusive")
    limit = search_sync.commit_seconds() + BEYOND_COMMIT_SECONDS
    return [
        Figure.at_most("lag of a change p95", cuts[94], limit, "s"),
        Figure("lag of a change p50", cuts[49], "s"),
    ]


def _search_figures(data: Data, published: Published, quick: bool) -> list[Figure]:
    times, rounds = TIMES_QUICK if quick else TIMES, iter(range(1, 100))
    gc.freeze()  # what this process holds of the documents is nothing that a service holds
    files = search_service.copied_index(data)
    search_service.measure(data, published, files, WARM, 0)
    alone = repeat(
        lambda: search_service.measure(data, published, files, times, next(rounds)), "search "
    )
    others = search_service.measure_http(data, published, times, next(rounds))
    others |= search_service.measure_fallback(data, published, FALLBACK_TIMES, next(rounds))
    search_service.crowd(data, min(UNPURGED, data.size.films // 2))
    search_sync.drained(data)
    search_service.measure(data, published, files, WARM, 0)
    crowded = repeat(
        lambda: search_service.measure(data, published, files, times, next(rounds)), "unpurged "
    )
    return [
        *search_service.figures(alone),
        *search_service.crowded_figures(alone, crowded),
        Figure("unpurged revs", search_service.unpurged(data)),
        *_times(alone | others),
        *_times({f"{search_service.CROWDED}: {name}": ms for name, ms in crowded.items()}),
    ]


def _times(taken: Mapping[str, float]) -> list[Figure]:
    return [Figure(name, value, "ms") for name, value in taken.items()]


def _show(figures: list[Figure]) -> None:
    for each in figures:
        print(each.line(), flush=True)
