"""What Rushes adds to decode and models: seconds a film, in chunks and by one launched run a film.

Fifty five-second clips, no two alike, go through the whole pipeline as `rushes index` takes them:
Dagster events, documents and database included, decode and model (as each run timed them) taken
off. Beside it: the way Dagster documents for a partition, a launched run of its own. Each of the
three rounds is a process of its own with an empty data directory and its own Postgres.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from scripts.benchmarks.report import Figure, Report, print_conditions, repeat

CHUNK = 25
CLIPS = 50
LAUNCHED = 4
CLIPS_QUICK = 10
LAUNCHED_QUICK = 1
TARGET_SECONDS = 0.5
SECONDS, FPS, WIDTH, HEIGHT = 5, 10, 160, 90
PROJECT = Path(__file__).resolve().parents[2]


def main(quick: bool) -> Report:
    """Three rounds; the medians of their seconds a film."""
    clips, launched = (CLIPS_QUICK, LAUNCHED_QUICK) if quick else (CLIPS, LAUNCHED)
    with tempfile.TemporaryDirectory(prefix="rushes-overhead-") as folder:
        films = Path(folder) / "clips"
        films.mkdir()
        for number in range(clips + launched):
            make_clip(films / f"clip-{number:03d}.mp4", number)
        command = [
            sys.executable, "-m", "scripts.benchmarks.overhead_films", str(films), str(launched)
        ]  # fmt: skip
        print_conditions(
            chunks=f"{shlex.join(command)}  ({clips} films in chunks of {CHUNK}, 1 model thread)",
            launched=f"dagster asset materialize --partition FILM  ({launched} films, one each)",
        )
        seconds = repeat(lambda: _round(command))
    return report(seconds)


def report(seconds: dict[str, float]) -> Report:
    """The promise is on the chunks; what a launched run takes is shown beside it."""
    promised = "chunk orchestration"
    return Report(
        "overhead",
        [
            Figure.at_most(promised, seconds[promised], TARGET_SECONDS, "s/film"),
            *(Figure(name, value, "s/film") for name, value in seconds.items() if name != promised),
            Figure(
                "launched / chunk orchestration",
                seconds["launched orchestration"] / seconds[promised],
            ),
        ],
    )


def make_clip(path: Path, number: int) -> None:
    """Five seconds with one cut, and a pattern that is no other clip's; no sound."""
    generator = np.random.default_rng(number)
    scenes = generator.integers(0, 256, (2, HEIGHT, WIDTH, 3), dtype=np.uint8)
    frames = SECONDS * FPS
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(frames):
            picture = np.roll(scenes[index * 2 // frames], index, axis=1)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _round(command: list[str]) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="rushes-overhead-data-") as data:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=_environment(data))
    if done.returncode:
        raise SystemExit(f"a round ended with {done.returncode}")
    seconds: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return seconds


def _environment(data: str) -> dict[str, str]:
    """This process's, but nobody's settings, an empty data directory and the smallest model."""
    foreign = ("RUSHES_", "DAGSTER_", "DATABASE_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {
        "PYTHONPATH": str(PROJECT),
        "RUSHES_DATA_DIR": data,
        "RUSHES_PROFILE": "fast",
        "RUSHES_OFFLINE": "1",
        "RUSHES_CPU_THREADS": "1",
        "RUSHES_CHUNK_SIZE": str(CHUNK),
    }
