"""What the gate of the ocr stage saves, and what it misses, against reading every sampled frame.

Both sides take the same sampled frames of the sample film, and of two minutes of captions over
moving pictures with lower thirds and a credits roll; in turn, three times. A line that reading
everything found counts as found where the gated stage has one that is nine tenths alike.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rushes.analysis.ocr.analyser import OcrAnalyser, make_ocr_analyser
from rushes.analysis.ocr.similarity import similarity
from rushes.analysis.profiles import load_profiles
from rushes.analysis.protocol import FilmMedia, Watch
from rushes.artifacts.vocabulary import ModelProfile
from rushes.media.cache import MediaCache
from rushes.media.media_pass import MediaPassConfig, run_media_pass
from rushes.models.catalogue import Catalogue
from rushes.settings import Settings
from scripts.benchmarks.caption_film import SAMPLE, ShownText, make_caption_film, shown_texts
from scripts.benchmarks.report import Figure, Report, print_conditions, repeat

TIME_TARGET = 0.5
FOUND_TARGET = 0.98
SECONDS = 120
SECONDS_QUICK = 40
ALIKE = 0.9
"""So similar, capitals and spaces aside, that two readings count as one line."""

SIDES = ("gated", "ungated")


def main(quick: bool, profile: str = ModelProfile.BALANCED.value, **over: Any) -> Report:
    """Measures both films. `over` replaces settings of the profile's row."""
    print_conditions(gated=f"{profile} {over}", ungated="the same with gate = false")
    analysers = {side: _analyser(profile, over, gate=side == "gated") for side in SIDES}
    seconds = SECONDS_QUICK if quick else SECONDS
    report = Report("ocr-gate")
    with tempfile.TemporaryDirectory(prefix="rushes-bench-ocr-") as folder:
        work = Path(folder)
        texts = shown_texts(seconds)
        captions = make_caption_film(work / "captions.mp4", texts, seconds)
        report.figures.extend(_measure("sample", _film(SAMPLE, work / "sample"), analysers))
        film = _film(captions, work / "captions")
        report.figures.extend(_measure("captions", film, analysers, texts))
    return report


def _measure(
    name: str,
    film: FilmMedia,
    analysers: dict[str, OcrAnalyser],
    texts: Sequence[ShownText] = (),
) -> list[Figure]:
    found: dict[str, list[str]] = {}
    read: dict[str, float] = {}

    def once() -> dict[str, float]:
        taken = {}
        for side, analyser in analysers.items():
            watch, begin = Watch(), time.monotonic()
            raw = analyser.analyse(film, watch)
            taken[side] = time.monotonic() - begin
            found[side] = sorted({each.payload["text"] for each in analyser.findings(raw)})
            read[side] = watch.measures.counts["frames"]
        return taken

    taken = repeat(once, f"{name} ")
    missed = [text for text in found["ungated"] if not _is_among(text, found["gated"])]
    print(f"{name}: the gate missed {missed}; only it found {_only(found)}", flush=True)
    part = 1 - len(missed) / max(1, len(found["ungated"]))
    figures = [
        Figure.at_most(f"{name}: gated / ungated", taken["gated"] / taken["ungated"], TIME_TARGET),
        Figure.at_least(f"{name}: distinct lines found", part, FOUND_TARGET),
        *(Figure(f"{name}: {side}", taken[side], "s") for side in SIDES),
        *(Figure(f"{name}: frames read {side}", read[side]) for side in SIDES),
    ]
    return figures + [
        Figure(f"{name}: shown lines found {side}", _shown_part(texts, found[side]))
        for side in SIDES
        if texts
    ]


def _shown_part(texts: Sequence[ShownText], found: list[str]) -> float:
    return sum(_is_among(text.text, found) for text in texts) / len(texts)


def _is_among(text: str, found: list[str]) -> bool:
    return any(similarity(text, other) >= ALIKE for other in found)


def _only(found: dict[str, list[str]]) -> list[str]:
    return [text for text in found["gated"] if not _is_among(text, found["ungated"])]


def _analyser(profile: str, over: dict[str, Any], *, gate: bool) -> OcrAnalyser:
    settings = Settings(cpu_threads=min(2, os.cpu_count() or 1), profiles_file=None)
    row = {**load_profiles(settings).stage(profile, "ocr"), **over, "gate": gate}
    analyser = make_ocr_analyser(settings, Catalogue(settings), row)
    analyser.prepare()
    return analyser


def _film(source: Path, folder: Path) -> FilmMedia:
    """The film after the media pass of the default profile."""
    config = MediaPassConfig.model_validate(load_profiles(Settings(profiles_file=None)).media_pass)
    cache = MediaCache(folder, 2**30, 0)

    def build(destination: Path) -> Any:
        return run_media_pass(
            source, destination, config, progress=lambda done, total: None, deadline=None
        )

    return FilmMedia(source.stem, "content", source, lambda: cache.build("content", "c", build))
