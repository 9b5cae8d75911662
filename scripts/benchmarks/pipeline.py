"""What Rushes adds to its models: `rushes index` of one film against the bare model calls.

A film of two minutes, made of the sample film, is indexed with all stages that can be had here;
decode, sampling, documents, Postgres and Dagster are in its time; loading models and modules, once
a process, is not. Beside
it, in the same process, the same models on the same inputs, pictures and sound in memory. Each of
the three rounds is a process of its own with an empty data directory and its own Postgres.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from scripts.benchmarks import ocr_gate
from scripts.benchmarks.own_data import own_data
from scripts.benchmarks.report import Figure, Report, medians, print_conditions, repeat
from scripts.benchmarks.sample_films import make_sample_film

TARGET = 0.25
SECONDS = 120
SECONDS_QUICK = 30
PROMISED = "overhead / inference"
STRICTER = "the same, the ocr gate's model as overhead"
CLOCKED = "the same by the stages' own clocks"

Stages = dict[str, dict[str, float]]


def main(quick: bool) -> Report:
    """Three rounds of both sides, then the gate of the ocr stage against reading every frame."""
    seconds = SECONDS_QUICK if quick else SECONDS
    tables: list[Stages] = []
    with tempfile.TemporaryDirectory(prefix="rushes-bench-pipeline-") as folder:
        film = make_sample_film(Path(folder) / f"sample-{seconds}.mp4", seconds, seed=1)
        command = [sys.executable, "-m", "scripts.benchmarks.pipeline_film", str(film)]
        print_conditions(
            index=f"{shlex.join(command)}  ({seconds} s of film, all stages, all cores)",
            inference="the same models and threads in the same process, inputs in memory",
        )

        def once() -> dict[str, float]:
            told = _round(command)
            if not tables:
                print(*(f"note: {note}" for note in told["notes"]), sep="\n", flush=True)
            tables.append(told["stages"])
            totals: dict[str, float] = told["totals"]
            return totals

        taken = repeat(once)
    stages = {name: _middle([table[name] for table in tables]) for name in tables[0]}
    print(*table_lines(stages), sep="\n", flush=True)
    gate = ocr_gate.main(quick)
    return report(taken, stages, gate)


def report(taken: dict[str, float], stages: Stages, gate: Report) -> Report:
    """The promise is on what is added; where it goes is shown beside it, then the ocr gate."""
    ratios = (PROMISED, STRICTER, CLOCKED)
    figures = [
        Figure.at_most(PROMISED, taken[PROMISED], TARGET),
        *(Figure(name, taken[name]) for name in (STRICTER, CLOCKED)),
        *(Figure(name, each, "s") for name, each in taken.items() if name not in ratios),
    ]
    for name, row in stages.items():
        if "inference" in row:
            figures.append(Figure(f"{name}: inference", row["inference"], "s"))
        if row.get("frames"):
            figures.append(Figure(f"{name}: a frame", _frame_ms(row), "ms"))
    return Report("pipeline", [*figures, *gate.figures])


def table_lines(stages: Stages) -> list[str]:
    """Each stage's frames, its model alone and its share of all models, and the stage itself.

    `stage s` is the time of the stage's analysis (or decode) while indexing, reading included.
    """
    whole = sum(row.get("inference", 0.0) for row in stages.values())
    lines = [
        f"{'stage':<18}{'frames':>8}{'ms/frame':>10}{'inference s':>13}{'share':>8}{'stage s':>9}"
    ]
    for name, row in stages.items():
        frames, inference = round(row.get("frames", 0)), row.get("inference")
        each = f"{_frame_ms(row):.1f}" if frames else ""
        bare = "" if inference is None else f"{inference:.2f}"
        share = "" if inference is None else f"{100 * inference / whole:.0f} %"
        looked = row.get("index analyse", row.get("index decode", 0.0))
        lines.append(f"{name:<18}{frames or '':>8}{each:>10}{bare:>13}{share:>8}{looked:>9.2f}")
    return lines


def _frame_ms(row: dict[str, float]) -> float:
    """Of a frame that was given to the model; what the ocr gate's model took is not of it."""
    return 1000 * (row["inference"] - row.get("gate_model", 0.0)) / row["frames"]


def _middle(rows: list[dict[str, float]]) -> dict[str, float]:
    return medians([{name: row.get(name, 0.0) for name in rows[0]} for row in rows])


def _round(command: list[str]) -> dict[str, Any]:
    with own_data("rushes-bench-pipeline-data-") as environment:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment)
    if done.returncode:
        raise SystemExit(f"a round ended with {done.returncode}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told
