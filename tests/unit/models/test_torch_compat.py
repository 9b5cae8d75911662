"""What is prepared before torch's companions are imported. Each in a process of its own."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from rushes.errors import AnalysisError
from rushes.models.torch_compat import prepare_torch

_LIMIT_SECONDS = 120


def run(program: str) -> str:
    """What a fresh Python prints that begins with `prepare_torch()`."""
    begin = "from rushes.models.torch_compat import prepare_torch; prepare_torch()\n"
    done = subprocess.run(
        [sys.executable, "-c", begin + program],
        capture_output=True,
        text=True,
        timeout=_LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_without_torch_the_extra_is_named() -> None:
    if importlib.util.find_spec("torch") is not None:
        pytest.skip("torch is installed")
    with pytest.raises(AnalysisError) as caught:
        prepare_torch("easyocr")
    assert caught.value.code == "extra_missing"
    assert "RUSHES_EXTRAS=easyocr" in str(caught.value.remedy)


@pytest.mark.torch
def test_torchvision_suppresses_overlaps_whether_its_operators_load_or_not() -> None:
    program = """
import torch, torchvision
boxes = torch.tensor([[0, 0, 10, 10], [1, 1, 11, 11], [20, 20, 30, 30.0]])
scores = torch.tensor([0.5, 0.9, 0.7])
print(torchvision.ops.nms(boxes, scores, 0.5).tolist())
print(torchvision.ops.batched_nms(boxes, scores, torch.tensor([0, 1, 0]), 0.5).tolist())
print(torchvision.ops.nms(torch.empty(0, 4), torch.empty(0), 0.5).tolist())
from rushes.models.torch_compat import plain_nms
generator = torch.Generator().manual_seed(3)
for n in (1, 7, 80):
    corner = torch.rand(n, 2, generator=generator) * 50
    boxes = torch.cat([corner, corner + 1 + torch.rand(n, 2, generator=generator) * 30], 1)
    scores = torch.rand(n, generator=generator)
    kept = plain_nms(boxes, scores, 0.4)
    ranked = scores[kept]
    assert kept[0] == scores.argmax() and (ranked[:-1] >= ranked[1:]).all()
    def iou(a, b):
        w = (torch.minimum(a[2:], b[2:]) - torch.maximum(a[:2], b[:2])).clamp(min=0)
        shared = w.prod()
        return shared / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - shared)
    for i in range(n):
        better = [k for k in kept.tolist() if scores[k] > scores[i]]
        overlapped = any(iou(boxes[i], boxes[k]) > 0.4 for k in better)
        assert overlapped != (i in kept.tolist())
"""
    assert run(program).splitlines() == ["[1, 2]", "[1, 2, 0]", "[]"]


@pytest.mark.torch
def test_ultralytics_is_offline_installs_nothing_and_writes_nothing_at_home() -> None:
    pytest.importorskip("ultralytics", reason="the extra ultralytics is not installed")
    program = """
from pathlib import Path
import ultralytics.utils as utils
print(utils.ONLINE, utils.AUTOINSTALL, utils.USER_CONFIG_DIR.is_relative_to(Path.home()))
"""
    assert run(program) == "False False False"


@pytest.mark.torch
def test_easyocr_can_be_imported() -> None:
    pytest.importorskip("easyocr_en_models", reason="the extra easyocr is not installed")
    assert run("import easyocr; print(easyocr.Reader.__name__)") == "Reader"
