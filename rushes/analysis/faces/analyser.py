"""The faces stage: a detector and SFace behind the Analyser protocol."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from rushes.analysis.faces.asked import EmbeddedFace, best_first
from rushes.analysis.faces.configuration import FacesConfiguration, configuration_of
from rushes.analysis.faces.raw_output import findings_of, raw_face, raw_frame
from rushes.analysis.faces.sface import DIMENSION
from rushes.analysis.faces.weights import detector_weights, embedding_weights, version_of
from rushes.analysis.protocol import AnalyserIdentity, FilmMedia, Finding, Watch
from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.media.pictures import Picture, pictures
from rushes.models.catalogue import Catalogue
from rushes.settings import Settings
from rushes.vectors.space import EmbeddingSpace

if TYPE_CHECKING:
    from rushes.analysis.faces.face import Face, FaceDetector, Floats
    from rushes.analysis.faces.sface import SFace
    from rushes.media.pictures import Pixels

    _Seen = tuple[Face, float, Floats | None]

log = logging.getLogger(__name__)


class FaceAnalyser:
    """Faces in the sampled frames, one artifact a face.

    `detector_path` and `embedding_path` are files of weights; without the second no face becomes
    a vector. `cpu_threads` 0 means all cores, and `weights_note` tells what weights stand in.
    """

    def __init__(
        self,
        configuration: FacesConfiguration,
        detector_path: Path,
        embedding_path: Path | None,
        *,
        cpu_threads: int = 0,
        weights_note: str | None = None,
    ) -> None:
        self.configuration: FacesConfiguration = configuration
        self.weights_note = weights_note
        self._detector_path = detector_path
        self._embedding_path = embedding_path if configuration.recognise else None
        self._cpu_threads = cpu_threads or os.cpu_count() or 1
        self._detector: FaceDetector | None = None
        self._embedder: SFace | None = None
        self._embedding_version: str | None = None
        self._lock = Lock()

    @property
    def identity(self) -> AnalyserIdentity:
        """The library that runs the detector and the one that makes the vectors."""
        chosen = self.configuration
        model = "+".join(filter(None, (chosen.model, chosen.embedding_model)))
        opencv = f"opencv.{version('opencv-python-headless')}"
        if chosen.backend == "yunet":
            return AnalyserIdentity("opencv", version("opencv-python-headless"), model)
        if chosen.backend == "onnx":
            return AnalyserIdentity("onnxruntime", f"{version('onnxruntime')}+{opencv}", model)
        producer_version = f"{version('ultralytics')}+torch.{version('torch')}+{opencv}"
        return AnalyserIdentity("ultralytics", producer_version, model)

    @property
    def space(self) -> EmbeddingSpace | None:
        """What the vectors may be compared with; None where no face becomes a vector."""
        model = self.configuration.embedding_model
        if self._embedding_path is None or model is None:
            return None
        if self._embedding_version is None:
            self._embedding_version = version_of(self._embedding_path)
        return EmbeddingSpace(EmbeddingKind.FACE, model, self._embedding_version, DIMENSION)

    def prepare(self) -> None:
        """Load the weights, once. AnalysisError `model_unsupported` says what is wrong with them,
        `extra_missing` what has to be installed for them."""
        with self._lock:
            if self._detector is None:
                self._load_embedder()
                self._detector = self._load_detector()

    def analyse(self, film: FilmMedia, watch: Watch) -> dict[str, Any]:
        """All faces of the film, frame by frame, with their vectors."""
        self.prepare()
        frames: list[dict[str, Any]] = []
        with film.cached() as media:  # an open entry is not evicted while its frames are read
            for picture in pictures(media.frames()):
                watch.check()
                watch.measures.count("frames")
                with watch.measures.timed("inference"):
                    faces = self._faces(picture)
                watch.measures.count("faces", len(faces))
                frames.append(raw_frame(picture.frame, faces))
                watch.progress(picture.frame.end_ms / 1000, media.duration_ms / 1000)
        return self._raw(frames)

    def findings(self, raw: dict[str, Any]) -> Sequence[Finding]:
        """One `face.detection` a face, by frame and falling score."""
        return list(findings_of(raw))

    def embed_faces(self, pixels: Pixels) -> list[EmbeddedFace]:
        """The faces of a query picture (height, width, 3) BGR, the best to recognise first.

        One that is too poor, and each where no vectors are made, comes without a vector.
        """
        self.prepare()
        return best_first(
            EmbeddedFace.of(shown, how_good, vector)
            for shown, how_good, vector in self._looked_at(pixels)
        )

    def _faces(self, picture: Picture) -> list[dict[str, Any]]:
        return [raw_face(*seen) for seen in self._looked_at(picture.pixels)]

    def _looked_at(self, pixels: Pixels) -> list[_Seen]:
        assert self._detector is not None
        found = self._detector.detect(pixels)[: self.configuration.max_faces]
        inside = (self._described(pixels, face) for face in found)
        return [face for face in inside if face is not None]

    def _described(self, pixels: Pixels, face: Face) -> _Seen | None:
        """The face with its quality and vector; None where too little of it is in the picture."""
        from rushes.analysis.faces.alignment import aligned
        from rushes.analysis.faces.face import Face
        from rushes.analysis.faces.quality import quality

        box = face.box.clipped(pixels.shape[1], pixels.shape[0])
        if min(box.width, box.height) < self.configuration.min_face_pixels:
            return None
        crop = aligned(pixels, face)
        shown = Face(box, face.score, face.landmarks)
        how_good = quality(shown, crop)
        wanted = how_good >= self.configuration.min_embedding_quality
        vector = self._embedder.vector(crop) if self._embedder and wanted else None
        return shown, how_good, vector

    def _raw(self, frames: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "backend": self.configuration.backend,
            "producer_version": self.identity.producer_version,
            "model": self.configuration.model,
            "embedding_model": self.configuration.embedding_model,
            "embedding_model_version": self._embedding_version,
            "frames": frames,
        }

    def _load_detector(self) -> FaceDetector:
        if self.configuration.backend == "yunet":
            from rushes.analysis.faces.yunet_detector import YuNetDetector

            return YuNetDetector(self._detector_path, self.configuration)
        from rushes.analysis.faces.yolo_detector import YoloFaceDetector

        return YoloFaceDetector(self._detector_path, self.configuration, threads=self._cpu_threads)

    def _load_embedder(self) -> None:
        if self._embedding_path is None:
            return
        from rushes.analysis.faces.sface import SFace

        self._embedder = SFace(self._embedding_path)
        self._embedding_version = self._embedding_version or version_of(self._embedding_path)


def make_faces_analyser(
    settings: Settings, catalogue: Catalogue, options: Mapping[str, Any]
) -> FaceAnalyser:
    """The analyser that a row of the profile table means, with the weights that are here.

    AnalysisError `model_unavailable` where none are and `extra_missing` where their backend is
    not installed, ConfigurationError where the row is wrong.
    """
    detector = detector_weights(catalogue, options)
    embedder = embedding_weights(catalogue, options)
    notes = [weights.note for weights in (detector, embedder) if weights and weights.note]
    for note in notes:
        log.info("faces: %s", note)
    configuration = configuration_of(
        options,
        options.get("backend", "yunet"),
        detector.identity,
        embedder.identity if embedder else None,
    )
    return FaceAnalyser(
        configuration,
        detector.path,
        embedder.path if embedder else None,
        cpu_threads=settings.cpu_threads,
        weights_note="; ".join(notes) or None,
    )
