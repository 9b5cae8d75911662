"""The ocr stage: text on screen behind the Analyser protocol."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from threading import Lock
from typing import Any

from rushes.analysis.ocr.configuration import OcrConfiguration, configuration_of
from rushes.analysis.ocr.frame_record import FrameRecord
from rushes.analysis.ocr.gate import Decision, Reason, TextGate
from rushes.analysis.ocr.lines import Box, TextLine, TextReader
from rushes.analysis.ocr.merging import Span, merge
from rushes.analysis.ocr.part_reading import part_to_read, read_part
from rushes.analysis.ocr.readers import load_gate_detector, load_reader
from rushes.analysis.protocol import AnalyserIdentity, FilmMedia, Finding, Watch
from rushes.artifacts.schemas import OcrTextV1, Point
from rushes.artifacts.vocabulary import ArtifactType
from rushes.media.pictures import Picture, Pixels, pictures
from rushes.models.catalogue import Catalogue
from rushes.models.choice import ChosenWeights, resolve
from rushes.settings import Settings

log = logging.getLogger(__name__)

FindRegions = Callable[[Pixels], Sequence[Box]]


_ENDS_A_SCROLL = frozenset({Reason.CUT.value, Reason.NO_TEXT.value})


class OcrAnalyser:
    """Reads the sampled frames whose text changed, and merges lines into spans.

    `load_reader` and `load_gate` load the models once; without `load_gate` each frame is read.
    """

    def __init__(
        self,
        configuration: OcrConfiguration,
        load_reader: Callable[[], TextReader],
        load_gate: Callable[[], FindRegions] | None,
        *,
        weights_note: str | None = None,
    ) -> None:
        self.configuration: OcrConfiguration = configuration
        self.weights_note = weights_note
        self._load_reader = load_reader
        self._load_gate = load_gate
        self._reader: TextReader | None = None
        self._find_regions: FindRegions | None = None
        self._lock = Lock()

    @property
    def identity(self) -> AnalyserIdentity:
        """The reader, and the engine under it."""
        chosen = self.configuration
        engine = {"rapidocr": "onnxruntime", "easyocr": "torch"}[chosen.backend]
        versions = f"{_version(chosen.backend)}+{engine}.{_version(engine)}"
        return AnalyserIdentity(chosen.backend, versions, chosen.model)

    def prepare(self) -> None:
        """Load the models, once. AnalysisError `model_unavailable`, `extra_missing`."""
        with self._lock:
            if self._reader is None:
                self._reader = self._load_reader()
                self._find_regions = self._load_gate() if self._load_gate else None

    def analyse(self, film: FilmMedia, watch: Watch) -> dict[str, Any]:
        """Each sampled frame: the lines read in it, or why it was not read and what it repeats."""
        self.prepare()
        gate = TextGate(self.configuration, self._find_regions) if self._find_regions else None
        records: list[FrameRecord] = []
        with film.cached() as media:
            seconds = media.duration_ms / 1000
            last: FrameRecord | None = None
            passing: Picture | None = None
            for picture in pictures(media.frames()):
                watch.check()
                record = self._look(picture, gate, last, watch)
                if passing is not None and record.reason in _ENDS_A_SCROLL:
                    records[-1] = self._read_passing(passing, watch)
                passing = picture if record.reason == Reason.MOVING else None
                records.append(record)
                last = record if record.was_read else last
                watch.progress(picture.frame.end_ms / 1000, seconds)
            if passing is not None:
                records[-1] = self._read_passing(passing, watch)
        return {
            "backend": self.configuration.backend,
            "version": self.identity.producer_version,
            "model": self.configuration.model,
            "frames": [record.as_json() for record in records],
        }

    def findings(self, raw: dict[str, Any]) -> Sequence[Finding]:
        """One `ocr.text` a line and the time that it stands, in order."""
        records = [FrameRecord.of_json(record) for record in raw["frames"]]
        return [
            finding_of(span, self.configuration.language)
            for span in merge(records, self.configuration)
        ]

    def _look(
        self, picture: Picture, gate: TextGate | None, last: FrameRecord | None, watch: Watch
    ) -> FrameRecord:
        decision = self._decide(picture, gate, watch)
        if not decision.is_read:
            return FrameRecord.of_frame(
                picture.frame, decision.reason.value,
                repeats=last.number if last and decision.standing else None,
                standing=decision.standing,
            )  # fmt: skip
        watch.measures.count("frames")
        with watch.measures.timed("inference"):
            lines = self._read(picture.pixels, decision, last)
        if gate is not None:
            gate.was_read(picture, lines)
        return FrameRecord.of_frame(picture.frame, decision.reason.value, lines=lines)

    def _read_passing(self, picture: Picture, watch: Watch) -> FrameRecord:
        """The last frame of text that scrolled: what came since the last reading goes with it."""
        assert self._reader is not None
        watch.measures.count("frames")
        with watch.measures.timed("inference"):
            lines = tuple(self._reader.read(picture.pixels))
        return FrameRecord.of_frame(picture.frame, Reason.MOVING.value, lines=lines)

    def _read(
        self, pixels: Pixels, decision: Decision, last: FrameRecord | None
    ) -> tuple[TextLine, ...]:
        assert self._reader is not None
        before = last.lines if last else None
        standing = [before[number] for number in decision.standing] if before else []
        boxes = [line.box for line in standing]
        part = part_to_read(decision.fresh, boxes, pixels.shape[1], pixels.shape[0])
        if part is None:
            return tuple(self._reader.read(pixels))
        return read_part(self._reader, pixels, part, standing)

    @staticmethod
    def _decide(picture: Picture, gate: TextGate | None, watch: Watch) -> Decision:
        if gate is None:
            return Decision(Reason.UNGATED)
        with watch.measures.timed("gate"):
            return gate.decide(picture)


def finding_of(span: Span, language: str | None) -> Finding:
    """The artifact of one span; text, place and confidence are those of its best reading."""
    frame, line = span.best
    payload = OcrTextV1(
        text=" ".join(line.text.split()),
        confidence=line.score,
        polygon=tuple(Point(x=x, y=y) for x, y in line.polygon),
        frame_width=frame.width,
        frame_height=frame.height,
        language=language,
        first_frame_number=span.first.number,
        last_frame_number=span.last.number,
    )
    return Finding(
        ArtifactType.OCR_TEXT,
        span.first.start_ms,
        span.last.end_ms,
        payload.model_dump(mode="json"),
    )


def make_ocr_analyser(
    settings: Settings, catalogue: Catalogue, options: Mapping[str, Any]
) -> OcrAnalyser:
    """The analyser that a row of the profile table means, with the weights that are here.

    AnalysisError `model_unavailable` where none are, ConfigurationError where the row is wrong.
    """
    weights = resolve(catalogue, options["models"])
    gate_weights = resolve(catalogue, options["gate_models"]) if options.get("gate", True) else None
    gate_model = gate_weights.identity if gate_weights else None
    configuration = configuration_of(options, weights.identity, gate_model)
    threads = settings.cpu_threads or os.cpu_count() or 1
    notes = [each.note for each in (weights, gate_weights) if each is not None and each.note]
    for note in notes:
        log.info("ocr: %s", note)
    return OcrAnalyser(
        configuration,
        lambda: load_reader(configuration, weights, threads),
        _gate_loader(configuration, gate_weights, threads),
        weights_note="; ".join(notes) or None,
    )


def _gate_loader(
    configuration: OcrConfiguration, weights: ChosenWeights | None, threads: int
) -> Callable[[], FindRegions] | None:
    if weights is None:
        return None
    chosen = weights
    return lambda: load_gate_detector(configuration, chosen, threads).regions


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
