"""Loads what a configuration names: the reader, and the gate's detector."""

from __future__ import annotations

from rushes.analysis.ocr.configuration import OcrConfiguration
from rushes.analysis.ocr.easy_reader import EasyReader
from rushes.analysis.ocr.lines import TextReader
from rushes.analysis.ocr.rapid_reader import RapidReader, detector_file, recogniser_file
from rushes.analysis.ocr.text_regions import TextRegionDetector
from rushes.errors import AnalysisError
from rushes.models.choice import ChosenWeights


def load_reader(
    configuration: OcrConfiguration, weights: ChosenWeights, threads: int
) -> TextReader:
    """The reader. AnalysisError `model_unavailable`, `extra_missing`."""
    try:
        if configuration.backend == "easyocr":
            weights.file(".pth")  # RapidOCR's weights are named as they are in the message
            return EasyReader(
                weights.path, configuration.languages,
                reading_side=configuration.reading_side, word_gap=configuration.word_gap,
                line_margin=configuration.line_margin, threads=threads,
            )  # fmt: skip
        return RapidReader(
            detector_file(weights), recogniser_file(weights),
            reading_side=configuration.reading_side,
            box_threshold=configuration.box_threshold, threads=threads,
        )  # fmt: skip
    except _LOADING_ERRORS as error:
        raise _not_loaded(weights, error) from error


def load_gate_detector(
    configuration: OcrConfiguration, weights: ChosenWeights, threads: int
) -> TextRegionDetector:
    """The gate's detector. AnalysisError `model_unavailable`."""
    try:
        return TextRegionDetector(
            detector_file(weights), side=configuration.gate_side,
            threshold=configuration.gate_threshold, score=configuration.gate_score, threads=threads,
        )  # fmt: skip
    except _LOADING_ERRORS as error:
        raise _not_loaded(weights, error) from error


_LOADING_ERRORS = (ImportError, RuntimeError, ValueError, OSError)


def _not_loaded(weights: ChosenWeights, error: Exception) -> AnalysisError:
    return AnalysisError(
        f"{weights.identity} cannot be loaded: {error}",
        code="model_unavailable",
        remedy=f"rushes models verify {weights.identity}",
    )
