"""Moving through a million artifacts: what a request takes, and how much it visits.

HTTP: a server process, its Postgres and one client on two cores, each request beside a `/healthz`
of its own. Service: the Python call behind the route beside the SQL that one would write by hand
for that question, with the answering run known. Visits: the plans that the statements really had.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine, text

from scripts.benchmarks import navigation_http, navigation_service
from scripts.benchmarks.navigation_data import Data, made_films
from scripts.benchmarks.navigation_films import Size
from scripts.benchmarks.navigation_http import HEALTH, percentiles
from scripts.benchmarks.navigation_plans import Visits, offenders, visits
from scripts.benchmarks.navigation_requests import REQUESTS, Request
from scripts.benchmarks.navigation_service import BARE, SERVICE
from scripts.benchmarks.own_data import PROJECT
from scripts.benchmarks.report import Figure, Report, print_conditions, repeat

QUICK = Size(20_000, 20)
TIMES, TIMES_QUICK = 100, 40
"""Of each request in a round."""
WARM = 20
CORES = 2


def main(quick: bool, size: Size | None = None, keep: Path | None = None) -> Report:
    """Three rounds of every request; the medians of their percentiles."""
    chosen = size or (QUICK if quick else Size())
    times = TIMES_QUICK if quick else TIMES
    _on_two_cores()
    before = _sources()
    print_conditions(
        http=f"python -m orchestration.api_server, one keep-alive httpx client; {times} of each",
        films=f"{chosen.artifacts:,} artifacts over {chosen.films:,} films, embedded Postgres",
    )
    with made_films(chosen, keep) as data:
        found = visits(data, REQUESTS)
        _tell(found)
        served = [each for each in REQUESTS if each.name in {one.request for one in found}]
        taken = _http(data, served, times) | _service(data, served, times)
        sizes = _sizes(data.engine)
    missing = [each.name for each in REQUESTS if each not in served]
    changed = len(before.items() ^ _sources().items())
    return report(served, found, taken, sizes, missing, changed)


def report(
    served: Sequence[Request],
    found: Sequence[Visits],
    taken: dict[str, float],
    sizes: dict[str, float],
    missing: Sequence[str] = (),
    changed: int = 0,
) -> Report:
    """Ratios and visits are promised; times and sizes are shown beside them."""
    return Report(
        "navigation",
        [
            Figure.at_most("requests that are not served", len(missing), 0),
            # The server is a process of its own: it would measure other code than this one.
            Figure.at_most("sources changed meanwhile", changed, 0),
            *_http_figures(served, taken),
            *_service_figures(served, taken),
            *(
                Figure(f"visits: {one.request}", one.part, "allowed", "<= 1", one.holds)
                for one in found
            ),
            *(Figure(name, value, "ms") for name, value in taken.items() if _is_shown(name)),
            *(Figure(name, value, "MB") for name, value in sizes.items()),
        ],
    )


def _is_shown(name: str) -> bool:
    """All percentiles of requests; of calls, what their ratios are made of."""
    return not name.endswith(tuple(f"{side} p{n}" for side in (SERVICE, BARE) for n in (95, 99)))


def _http_figures(served: Sequence[Request], taken: dict[str, float]) -> list[Figure]:
    figures = []
    for each in served:
        ratio, name = _ratio(taken, each.name, HEALTH), f"{each.name} / {HEALTH}"
        promise = each.promise
        figures.append(
            Figure(name, ratio) if promise is None else Figure.at_most(name, ratio, promise)
        )
    return figures


def _service_figures(served: Sequence[Request], taken: dict[str, float]) -> list[Figure]:
    return [
        Figure.at_most(
            f"{each.name}: {SERVICE} / {BARE}",
            _ratio(taken, f"{each.name} {SERVICE}", f"{each.name} {BARE}"),
            each.service_promise,
        )
        for each in navigation_service.measured(served)
    ]


def _ratio(taken: dict[str, float], one: str, other: str) -> float:
    return taken[f"{one} p50"] / taken[f"{other} p50"]


def _http(data: Data, served: Sequence[Request], times: int) -> dict[str, float]:
    rounds = iter(range(1, 100))
    with navigation_http.server(data.folder) as client:
        navigation_http.warm(client, data, served, WARM)
        return repeat(
            lambda: percentiles(navigation_http.measure(client, data, served, times, next(rounds))),
            "http ",
        )


def _service(data: Data, served: Sequence[Request], times: int) -> dict[str, float]:
    rounds, both = iter(range(100)), navigation_service.measured(served)
    bare = navigation_service.Bare(data)
    navigation_service.measure(data, bare, both, WARM, next(rounds))
    try:
        return repeat(
            lambda: percentiles(navigation_service.measure(data, bare, both, times, next(rounds))),
            "service ",
        )
    finally:
        bare.close()


def _tell(found: Sequence[Visits]) -> None:
    for each in found:
        print(each.line(), flush=True)
    for line in offenders(found):
        print(line, flush=True)


def _sizes(engine: Engine) -> dict[str, float]:
    """MB of the database, in all and of each film."""
    query = "select pg_database_size(current_database()), (select count(*) from asset)"
    with engine.connect() as connection:
        size, films = connection.execute(text(query)).one()
    return {"database": size / 1e6, "database, a film": size / 1e6 / films}


def _sources() -> dict[Path, int]:
    """When each file of what is measured was changed, in ns."""
    files = (path for path in (PROJECT / "rushes").rglob("*") if path.suffix in (".py", ".sql"))
    return {path: path.stat().st_mtime_ns for path in files}


def _on_two_cores() -> None:
    """This process and all that it starts: the server and Postgres too."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
