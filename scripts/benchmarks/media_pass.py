"""One media pass against the three programs it replaces, run one after the other on one film.

Both sides run in processes of their own, in turn, three times; the ratio is that of the medians.
The other side: PySceneDetect's command line, frames at 1 fps as JPEG, sound as 16 kHz WAV (the
last two by ffmpeg where it is installed, by PyAV elsewhere). Exit status 0 only when the ratio
holds. `--memory-hour` measures the memory of one pass over an hour of 1080p instead.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from media_film import SEED_SECONDS, make_film, make_hour

TARGET_RATIO = 0.6
MEMORY_TARGET_MB = 1536
REPETITIONS = 3
SECONDS = 120
SECONDS_QUICK = 30
STEPS = Path(__file__).resolve().parent / "media_steps.py"
PROJECT = STEPS.parents[2]
CHEAP_BIT_RATE = 1_000_000
Commands = dict[str, list[str]]


def main(quick: bool, work: Path | None = None) -> dict[str, Any]:
    """Measures and returns the figures: seconds (medians) and the ratio."""
    work = work or Path(tempfile.gettempdir()) / "rushes-bench-media"
    work.mkdir(parents=True, exist_ok=True)
    seconds = SECONDS_QUICK if quick else SECONDS
    film = make_film(work / f"film-{seconds}.mp4", seconds)
    taken: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(dir=work) as folder:
        ours, theirs = commands(film, Path(folder))
        _print_commands(ours, theirs)
        for _ in range(REPETITIONS):
            for name, command in (ours | theirs).items():
                taken.setdefault(name, []).append(_seconds_of(command))
                shutil.rmtree(Path(folder) / "pass", ignore_errors=True)
    figures = {name: round(median(values), 2) for name, values in taken.items()}
    ratio = round(figures["media pass"] / sum(figures[name] for name in theirs), 3)
    return {
        "bench": "media-pass",
        "figures": {f"{name} (s)": value for name, value in figures.items()}
        | {"film (s)": seconds, "cores": os.cpu_count()},
        "target": f"<= {TARGET_RATIO}",
        "ratio": ratio,
        "holds": ratio <= TARGET_RATIO,
    }


def memory_hour(work: Path | None = None) -> dict[str, Any]:
    """The peak resident memory of one pass and its scenes over an hour of 1080p."""
    work = work or Path(tempfile.gettempdir()) / "rushes-bench-media"
    work.mkdir(parents=True, exist_ok=True)
    seed = make_film(work / f"seed-{SEED_SECONDS}.mp4", SEED_SECONDS, CHEAP_BIT_RATE)
    film = make_hour(work / "hour.mp4", seed)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        command = commands(film, Path(folder))[0]["media pass"]
        begin = time.monotonic()
        output = _run(command)
        seconds = time.monotonic() - begin
    peak = float(output.rsplit("peak", 1)[1].split()[0])
    return {
        "bench": "media-memory-hour",
        "figures": {"peak (MB)": peak, "wall (s)": round(seconds, 1)},
        "target": f"<= {MEMORY_TARGET_MB} MB",
        "ratio": round(peak / MEMORY_TARGET_MB, 3),
        "holds": peak <= MEMORY_TARGET_MB,
    }


def commands(film: Path, folder: Path) -> tuple[Commands, Commands]:
    """(our command, the commands it replaces) by name."""
    step = [sys.executable, str(STEPS)]
    ours = {"media pass": [*step, "pass", str(film), str(folder)]}
    theirs = {
        "scenedetect": [
            sys.executable, "-m", "scenedetect", "-q", "-i", str(film),
            "detect-adaptive", "list-scenes", "-n", "-q",
        ],
        "frames": [*step, "frames", str(film), str(folder)],
        "audio": [*step, "audio", str(film), str(folder)],
    }  # fmt: skip
    if ffmpeg := shutil.which("ffmpeg"):
        start = [ffmpeg, "-v", "error", "-y", "-i", str(film)]
        frames = ["-an", "-vf", "fps=1,scale=1280:-2", "-q:v", "3", str(folder / "%06d.jpg")]
        theirs["frames"] = start + frames
        theirs["audio"] = [*start, "-vn", "-ac", "1", "-ar", "16000", str(folder / "a.wav")]
    return ours, theirs


def _print_commands(ours: Commands, theirs: Commands) -> None:
    cores = os.cpu_count()
    print(f"decoder threads: libav's automatic count in each process, {cores} cores")
    for name, command in (ours | theirs).items():
        print(f"{name}: {shlex.join(command)}", flush=True)


def _seconds_of(command: list[str]) -> float:
    begin = time.monotonic()
    _run(command)
    return time.monotonic() - begin


def _run(command: list[str]) -> str:
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return done.stdout


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="half a minute of film")
    parser.add_argument("--json", action="store_true", help="the last line is JSON in any case")
    parser.add_argument("--memory-hour", action="store_true")
    parser.add_argument("--work", type=Path, help="where films are kept between runs")
    given = parser.parse_args()
    result = memory_hour(given.work) if given.memory_hour else main(given.quick, given.work)
    if not given.json:
        for name, value in result["figures"].items():
            print(f"{name}: {value}")
    print(json.dumps(result))
    sys.exit(0 if result["holds"] else 1)
