"""Lookups in 100,000 documents against lookups in 1,000, side by side in one run.

Two roots are filled, then asked in turn, so that whatever else the machine does meets both. The
ratio is the worst of four kinds of lookup: by task, by logical key, by doc_id, and for a film
that was never analysed. Beside it: what one durable write takes in each.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from rushes.documents import (
    DocumentDraft,
    DocumentIndex,
    DocumentStatus,
    StoredFile,
    rebuild,
)
from rushes.documents.model import finished
from scripts.benchmarks.report import Figure, Report, print_conditions, repeat

SMALL = 1_000
LARGE = 100_000
LARGE_QUICK = 10_000
LOOKUPS = 2_000
WRITES = 100
RAW_BYTES = 20_000
TARGET_RATIO = 3.0

STAGE = "scenes"
BASE = DocumentDraft(
    stage=STAGE,
    asset_id="",
    content_version=1,
    content_hash="",
    config_hash="configuration",
    input_hash="input",
    template_id="adaptive",
    model_id="none",
    model_profile="balanced",
    producer="scenedetect",
    producer_version="0.7.2",
    run_id="run",
)


def film(number: int | str) -> DocumentDraft:
    """The draft of one film's document."""
    return replace(BASE, asset_id=f"asset-{number}", content_hash=f"content-{number}")


def fill(root: Path, count: int) -> DocumentIndex:
    """`count` finished documents without waiting for the disk, then their pointers."""
    index, now = DocumentIndex(root), datetime.now(UTC)
    for number in range(count):
        draft = film(number)
        document = finished(
            draft,
            status=DocumentStatus.OK,
            error=None,
            created_at=now,
            files={"raw.json": StoredFile("0" * 64, 2)},
        )
        folder = root / STAGE / draft.doc_id
        folder.mkdir(parents=True)
        (folder / "metadata.json").write_bytes(document.to_json())
    rebuild(index)
    return index


LOOKUP_KINDS: dict[str, Callable[[DocumentIndex, int], bool]] = {
    "by_task": lambda i, n: i.get_latest_by_task(STAGE, film(n).task_id) is not None,
    "by_logical_key": lambda i, n: (
        i.get_latest_by_logical_key(STAGE, film(n).logical_key_id) is not None
    ),
    "by_doc_id": lambda i, n: i.get_by_doc_id_and_stage(film(n).doc_id, STAGE) is not None,
    "new_film": lambda i, n: i.get_latest_by_task(STAGE, film(f"new-{n}").task_id) is None,
}


def lookup_us(sizes: dict[int, DocumentIndex], kind: str) -> dict[int, float]:
    """Median microseconds of one kind of lookup for each size, asked in turn."""
    look, chance = LOOKUP_KINDS[kind], random.Random(7)
    taken: dict[int, list[float]] = {size: [] for size in sizes}
    for _ in range(LOOKUPS):
        for size, index in sizes.items():
            number = chance.randrange(size)
            start = time.perf_counter()
            found = look(index, number)
            taken[size].append((time.perf_counter() - start) * 1e6)
            if not found:
                raise SystemExit(f"{kind} gave a wrong answer for film {number} of {size}")
    return {size: median(times) for size, times in taken.items()}


def write_ms(sizes: dict[int, DocumentIndex]) -> dict[int, float]:
    """Median milliseconds of a durable write with raw, prompt and parsed, in turn."""
    taken: dict[int, list[float]] = {size: [] for size in sizes}
    data = b"x" * RAW_BYTES
    for number in range(WRITES):
        for size, index in sizes.items():
            start = time.perf_counter()
            index.write(film(f"written-{number}"), raw=data, prompt=b"{}", parsed=data)
            taken[size].append((time.perf_counter() - start) * 1e3)
    return {size: median(times) for size, times in taken.items()}


def main(quick: bool) -> Report:
    """Two roots, three rounds of questions to both; the medians of all."""
    large = LARGE_QUICK if quick else LARGE
    print_conditions(
        small=f"DocumentIndex, {SMALL:,} documents, {LOOKUPS:,} lookups of each kind, one thread",
        large=f"DocumentIndex, {large:,} documents, the same lookups in turn, one thread",
    )
    with tempfile.TemporaryDirectory(prefix="rushes-documents-") as folder:
        sizes = {count: fill(Path(folder) / str(count), count) for count in (SMALL, large)}
        for kind in LOOKUP_KINDS:
            lookup_us(sizes, kind)  # once unmeasured, so that both are warm
        taken = repeat(lambda: _round(sizes))
        writes = write_ms(sizes)
    return report(taken, writes, large)


def report(taken: dict[str, float], writes: dict[int, float], large: int) -> Report:
    """The promise is on the worst kind of lookup."""
    ratios = {kind: taken[f"{kind} {large}"] / taken[f"{kind} {SMALL}"] for kind in LOOKUP_KINDS}
    return Report(
        "documents",
        [
            Figure.at_most(f"lookup in {large:,} to {SMALL:,}", max(ratios.values()), TARGET_RATIO),
            *(Figure(name, value, "us") for name, value in taken.items()),
            *(Figure(f"write {size}", value, "ms") for size, value in writes.items()),
        ],
    )


def _round(sizes: dict[int, DocumentIndex]) -> dict[str, float]:
    return {
        f"{kind} {size}": time
        for kind in LOOKUP_KINDS
        for size, time in lookup_us(sizes, kind).items()
    }
