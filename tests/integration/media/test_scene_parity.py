"""Our cuts from cached metrics are those of PySceneDetect on the film itself."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rushes.analysis.scenes import ScenesConfig, detect_cuts
from rushes.media.media_pass import MediaPassConfig, run_media_pass
from rushes.media.metrics import FrameMetrics
from tests.media_factory import make_clip

CUTS = [25, 45, 50, 78]
COMMANDS = {
    "adaptive": "detect-adaptive",
    "content": "detect-content",
    "hash": "detect-hash",
    "histogram": "detect-hist",
    "threshold": "detect-threshold",
}


def metrics_of(clip: Path, folder: Path) -> FrameMetrics:
    run_media_pass(
        clip, folder, MediaPassConfig(), progress=lambda done, total: None, deadline=None
    )
    return FrameMetrics.load(folder / "metrics.npz")


def command_line_cuts(clip: Path, command: str) -> list[int]:
    done = subprocess.run(
        [sys.executable, "-m", "scenedetect", "-i", str(clip), command, "list-scenes", "-n"],
        check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    starts = re.findall(r"^\s*\|\s+\d+\s+\|\s+(\d+)\s+\|", done.stdout, re.MULTILINE)
    return [int(start) - 1 for start in starts if int(start) > 1]


@pytest.mark.parametrize(
    "shape",
    [{"size": (640, 362)}, {"codec": "mpeg4"}, {"rotation": 90}, {"pixel_format": "yuv422p"}],
    ids=["large", "mpeg4", "turned", "422"],
)
def test_cuts_are_the_command_lines_to_the_frame(tmp_path: Path, shape: dict[str, Any]) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=100, cuts=CUTS, audio=False, **shape)
    metrics = metrics_of(clip, tmp_path / "out")
    cuts = detect_cuts(metrics, ScenesConfig())
    assert cuts
    assert cuts == command_line_cuts(clip, "detect-adaptive")


@pytest.mark.parametrize("method", sorted(COMMANDS))
def test_each_detector_agrees_with_the_command_line(tmp_path: Path, method: str) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=100, cuts=CUTS, audio=False, black=[range(60, 68)])
    cuts = detect_cuts(metrics_of(clip, tmp_path / "out"), ScenesConfig(method=method))
    assert cuts
    assert cuts == command_line_cuts(clip, COMMANDS[method])


def test_the_known_cuts_of_a_clip_are_found(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=90, cuts=[30, 60], vfr=True, audio=False)
    assert detect_cuts(metrics_of(clip, tmp_path / "out"), ScenesConfig()) == [30, 60]
