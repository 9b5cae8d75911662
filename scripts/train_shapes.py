"""Train the bundled shapes detector on generated pictures and write samples/models/shapes.onnx.

Needs torch and scikit-image, whose photographs are some of the backgrounds: both come with
`pip install 'rushes[all]'`. Takes about 330 s of processor time, of which a quarter makes pictures
in a second thread. The same seed, versions and processor give the same weights; another processor
gives slightly different ones.
"""

from __future__ import annotations

import argparse
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch
from shapes_training.backgrounds import photographs
from shapes_training.export import write_onnx
from shapes_training.losses import loss
from shapes_training.network import ShapesNetwork
from shapes_training.scenes import Scene, Sizes, scene

TARGET = Path(__file__).resolve().parent.parent / "samples" / "models" / "shapes.onnx"
SEED = 20240601
THREADS = 1  # of torch: the other core makes pictures, and one thread sums in one order
AHEAD = 4  # batches made before they are asked for
STEPS = 1500
BATCH = 12
VIEW = 192  # px
SIZES = Sizes(9, 170)  # px
PEAK_RATE = 4e-3
BETAS = (0.9, 0.99)
WARM_UP = 0.1  # share of the steps in which the rate rises
DECAY = 0.02
STEEPEST = 10.0
REPORT_EVERY = 50  # steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=TARGET)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    if not photographs():
        print("scikit-image is not installed: without its photographs more is found by mistake.")
    began, used = time.monotonic(), time.process_time()
    network = train(arguments.steps, arguments.seed)
    write_onnx(network, arguments.out)
    size = arguments.out.stat().st_size
    took, used = time.monotonic() - began, time.process_time() - used
    print(f"{arguments.out}: {size} bytes, {took:.0f} s, {used:.0f} s of processor time")


def train(steps: int, seed: int) -> ShapesNetwork:
    """The trained network, ready to export."""
    torch.manual_seed(seed)
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False
    cv2.setNumThreads(1)
    network = ShapesNetwork()
    network.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), betas=BETAS, weight_decay=DECAY)
    # The rate ends near 0, so the running statistics of the norms fit the last weights.
    rate = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, PEAK_RATE, total_steps=max(steps, 2), pct_start=WARM_UP
    )
    mean = 0.0
    for step, scenes in enumerate(batches(steps, seed)):
        error = loss(network(as_input(scenes)), scenes)
        optimiser.zero_grad(set_to_none=True)
        error.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), STEEPEST)
        optimiser.step()
        rate.step()
        mean += error.item() / REPORT_EVERY
        if (step + 1) % REPORT_EVERY == 0:
            print(f"step {step + 1} of {steps}: loss {mean:.3f}", flush=True)
            mean = 0.0
    network.eval()
    return network


def batches(steps: int, seed: int) -> Iterator[list[Scene]]:
    """The batches in order, made ahead in a second thread."""
    with ThreadPoolExecutor(1) as maker:
        coming = deque(maker.submit(batch, step, seed) for step in range(min(AHEAD, steps)))
        for step in range(steps):
            ready = coming.popleft().result()
            if step + AHEAD < steps:
                coming.append(maker.submit(batch, step + AHEAD, seed))
            yield ready


def batch(step: int, seed: int) -> list[Scene]:
    """From its own random numbers: the same whoever makes it, and when."""
    random = np.random.default_rng([seed, step])
    return [scene(random, VIEW, SIZES) for _ in range(BATCH)]


def as_input(scenes: list[Scene]) -> torch.Tensor:
    """(N, 3, side, side) RGB, 0 to 1."""
    stacked = np.stack([each.picture[..., ::-1] for each in scenes])
    pictures = torch.from_numpy(np.ascontiguousarray(stacked.transpose(0, 3, 1, 2)))
    return pictures.float().div(255).to(memory_format=torch.channels_last)


if __name__ == "__main__":
    main()
