"""`scripts/bench NAME`: measures a promise of speed and says whether it holds.

Exit code 0: every target holds; 1: one does not; 2: the command is wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from scripts.benchmarks.report import Figure, Report

Measure = Callable[..., Report]
"""Takes whether it is to be quick, and the benchmark's own options by name."""


@dataclass(frozen=True)
class Benchmark:
    """One promise: what is measured against what, and how."""

    promise: str
    measure: Measure


def _media_pass(quick: bool) -> Report:
    from scripts.benchmarks.media_pass import main

    summary: dict[str, Any] = main(quick)
    return Report.of(summary)


def _memory_hour(quick: bool) -> Report:
    from scripts.benchmarks.media_pass import MEMORY_TARGET_MB, memory_hour

    figures = memory_hour()["figures"]
    promised = Figure.at_most("peak", figures["peak (MB)"], MEMORY_TARGET_MB, "MB")
    return Report("memory-hour", [promised, Figure("wall", figures["wall (s)"], "s")])


def _overhead(quick: bool) -> Report:
    from scripts.benchmarks.overhead import main

    return main(quick)


def _write(quick: bool) -> Report:
    from scripts.benchmarks.write import main

    return main(quick)


def _documents(quick: bool) -> Report:
    from scripts.benchmarks.documents import main

    return main(quick)


def _ocr_gate(quick: bool) -> Report:
    from scripts.benchmarks.ocr_gate import main

    return main(quick)


def _pipeline(quick: bool) -> Report:
    from scripts.benchmarks.pipeline import main

    return main(quick)


def _navigation(
    quick: bool, artifacts: int | None = None, films: int | None = None, keep: Path | None = None
) -> Report:
    from scripts.benchmarks.navigation import main
    from scripts.benchmarks.navigation_films import Size

    given = {"artifacts": artifacts, "films": films}
    counts = {name: count for name, count in given.items() if count is not None}
    return main(quick, Size(**counts) if counts else None, keep)


def _search(
    quick: bool, scenes: int | None = None, films: int | None = None, keep: Path | None = None
) -> Report:
    from scripts.benchmarks.search import main
    from scripts.benchmarks.search_films import Size

    given = {"scenes": scenes, "films": films}
    counts = {name: count for name, count in given.items() if count is not None}
    return main(quick, Size(**counts) if counts else None, keep)


def _chunk(quick: bool) -> Report:
    from scripts.benchmarks.chunk import main

    return main(quick)


def _vectors(quick: bool) -> Report:
    from scripts.benchmarks.vectors import main

    return main(quick)


def _vectors_stress(quick: bool, minutes: float | None = None) -> Report:
    from scripts.benchmarks.vectors_stress import main

    return main(quick, minutes)


BENCHMARKS = {
    "media-pass": Benchmark("one decode against the programs it replaces, <= 0.6", _media_pass),
    "memory-hour": Benchmark("media pass and scenes of an hour of 1080p, <= 1.5 GB", _memory_hour),
    "overhead": Benchmark("<= 0.5 s a film beside decode and models, in chunks of 25", _overhead),
    "write": Benchmark("validated artifacts with projections, >= 0.1 of a bare COPY", _write),
    "documents": Benchmark("lookups in 100,000 documents, <= 3 times those in 1,000", _documents),
    "ocr-gate": Benchmark("reading changed text, <= 0.5 of reading each frame", _ocr_gate),
    "pipeline": Benchmark("all but the models, <= 0.25 of the models alone; ocr-gate", _pipeline),
    "navigation": Benchmark("jump, span and find among a million artifacts", _navigation),
    "search": Benchmark("sync, lag and search of 200,000 scenes against bare tantivy", _search),
    "vectors": Benchmark("live vector search beside bare FAISS and a lock around it", _vectors),
    "vectors-stress": Benchmark("fifty clients over HTTP: nothing lost or back", _vectors_stress),
    "chunk": Benchmark("25 films in one process, >= 2 times as fast as one by one", _chunk),
}

OPTIONS = {
    "navigation": {"artifacts", "films", "keep"},
    "search": {"scenes", "films", "keep"},
    "vectors-stress": {"minutes"},
}
"""Of benchmarks that take some of their own."""
OWN_OPTIONS = ("artifacts", "scenes", "films", "keep", "minutes")


def run(measure: Measure, *, quick: bool, as_json: bool) -> int:
    """Measure and tell. With `as_json` only the JSON object goes to stdout."""
    programs: TextIO = sys.stdout
    with redirect_stdout(sys.stderr if as_json else sys.stdout):
        report = measure(quick)
        return report.show(sys.stdout, programs)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    names = "\n".join(f"  {name:<14} {each.promise}" for name, each in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description=f"{__doc__}\nnames:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=BENCHMARKS, metavar="NAME", help="see above")
    parser.add_argument("--quick", action="store_true", help="a smaller measurement")
    parser.add_argument("--json", action="store_true", help="only the JSON object on stdout")
    made = parser.add_argument_group("of navigation, search and vectors-stress")
    made.add_argument("--artifacts", type=int, help="of navigation: how many (1,000,000)")
    made.add_argument("--scenes", type=int, help="of search: how many (200,000)")
    made.add_argument("--films", type=int, help="how many they are of (1,000; 10,000)")
    made.add_argument("--keep", type=Path, help="a folder for them, for later runs too")
    made.add_argument("--minutes", type=float, help="of vectors-stress: fifty clients (5)")
    given = parser.parse_args(arguments)
    options = {name: getattr(given, name) for name in OWN_OPTIONS}
    options = {name: value for name, value in options.items() if value is not None}
    for name in options.keys() - OPTIONS.get(given.name, ()):
        parser.error(f"{given.name} does not take --{name}")
    measure = partial(BENCHMARKS[given.name].measure, **options)
    return run(measure, quick=given.quick, as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())
