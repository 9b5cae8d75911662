"""Films whose results are written straight into a real database: no file, no model."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Engine, insert

from rushes.analysis.protocol import Finding
from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.hashing import artifact_id
from rushes.artifacts.registry import default_registry
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.runs import RunStart, Worker, complete_run, fail_run, mark_reported, start_run
from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType, ModelProfile, Origin
from rushes.db.tables import asset, libraries
from rushes.errors import AnalysisError


def scene(start_ms: int, end_ms: int, index: int = 0) -> Finding:
    payload = {
        "scene_index": index, "method": "content", "score": None, "start_frame": index,
        "end_frame": index + 1, "keyframe_ms": start_ms,
    }  # fmt: skip
    return Finding(ArtifactType.SCENE, start_ms, end_ms, payload)


def segment(text: str, start_ms: int = 0, end_ms: int = 1000, language: str = "en") -> Finding:
    """What was said; its words share the time evenly."""
    said = text.split()
    step = (end_ms - start_ms) / max(len(said), 1)
    words = [
        {
            "text": word,
            "start_ms": round(start_ms + number * step),
            "end_ms": round(start_ms + (number + 1) * step),
            "confidence": 0.9,
        }
        for number, word in enumerate(said)
    ]
    payload = {
        "text": text, "language": language, "confidence": 0.9, "speaker": None, "words": words,
        "no_speech_probability": 0.1,
    }  # fmt: skip
    return Finding(ArtifactType.TRANSCRIPT_SEGMENT, start_ms, end_ms, payload)


def on_screen(
    text: str, start_ms: int = 0, end_ms: int = 1000, language: str | None = None
) -> Finding:
    """A line that is written in the picture."""
    payload = {
        "text": text, "confidence": 0.9, "language": language,
        "polygon": [{"x": 0, "y": 0}, {"x": 90, "y": 0}, {"x": 90, "y": 20}],
        "frame_width": 640, "frame_height": 360,
        "first_frame_number": 0, "last_frame_number": 1,
    }  # fmt: skip
    return Finding(ArtifactType.OCR_TEXT, start_ms, end_ms, payload)


class IndexedFilms:
    """Adds films and runs; every film is its own, so that tests do not see one another's."""

    def __init__(self, engine: Engine, worker: Worker) -> None:
        self.engine = engine
        self.worker = worker
        self._artifacts = ArtifactRepository(default_registry())
        self._numbers = itertools.count()
        self._libraries: set[str] = set()

    def film(
        self,
        path: str | None = None,
        *,
        library: str = "films",
        content_version: int = 1,
        content_hash: str | None = None,
    ) -> str:
        """A new film, without results."""
        number = next(self._numbers)
        with self.engine.begin() as connection:
            if library not in self._libraries:
                self._libraries.add(library)
                connection.execute(insert(libraries).values(slug=library, root=f"/{library}"))
            connection.execute(
                insert(asset).values(
                    asset_id=f"v{number:04}",
                    library_slug=library,
                    path=path or f"{number:04}.mp4",
                    content_hash=content_hash or f"hash{number}",
                    content_version=content_version,
                    size_bytes=1,
                    mtime_ns=1,
                    duration_ms=10_000_000,
                )
            )
        return f"v{number:04}"

    def run(
        self,
        asset_id: str,
        findings: Sequence[Finding],
        *,
        stage: str | None = None,
        status: str = "completed",
        content_version: int = 1,
        profile: ModelProfile = ModelProfile.BALANCED,
        retryable: bool = False,
        reported: bool = True,
        config_hash: str = "config",
        origin: Origin = Origin.ANALYSED,
    ) -> str:
        """A run with what it found; `running` and `failed` ones leave artifacts behind too."""
        stage = stage or STAGE_OF_TYPE[findings[0].artifact_type]
        by_hand = origin is Origin.HUMAN
        start = RunStart(
            asset_id,
            content_version,
            stage,
            ModelProfile.NONE if by_hand else profile,
            config_hash,
            "input",
            "human" if by_hand else "test",
            "1",
            origin=origin,
        )
        with self.engine.begin() as connection:
            run_id, _ = start_run(connection, start, self.worker)
            self._artifacts.batch_create(connection, _envelopes(run_id, start, findings))
            if status == "completed":
                complete_run(connection, run_id, doc_id=None, counts={}, timings={})
            elif status == "failed":
                fail_run(connection, run_id, AnalysisError("it broke", retryable=retryable))
            if reported:
                mark_reported(connection, [run_id])
        return run_id

    def said(
        self,
        *texts: str,
        language: str = "en",
        library: str = "films",
        in_scenes: bool = False,
    ) -> str:
        """A film in which these sentences follow one another, a second each.

        `in_scenes`: each is in a scene of its own; otherwise the film has none.
        """
        asset_id = self.film(library=library)
        if in_scenes:
            cuts = [scene(1000 * index, 1000 * index + 1000, index) for index in range(len(texts))]
            self.run(asset_id, cuts)
        self.run(
            asset_id,
            [
                segment(text, 1000 * number, 1000 * number + 1000, language)
                for number, text in enumerate(texts)
            ],
        )
        return asset_id


def _envelopes(run_id: str, start: RunStart, findings: Sequence[Finding]) -> list[ArtifactEnvelope]:
    return [
        ArtifactEnvelope(
            artifact_id=artifact_id(run_id, each.artifact_type, ordinal),
            asset_id=start.asset_id,
            artifact_type=each.artifact_type,
            schema_version=1,
            span_start_ms=each.start_ms,
            span_end_ms=each.end_ms,
            payload=each.payload,
            producer=start.producer,
            producer_version=start.producer_version,
            model_profile=start.model_profile,
            config_hash=start.config_hash,
            input_hash=start.input_hash,
            run_id=run_id,
            created_at=datetime.now(UTC),
        )
        for ordinal, each in enumerate(findings)
    ]


@contextmanager
def indexed_films(engine: Engine) -> Iterator[IndexedFilms]:
    """Films over `engine`, written by a worker that lives as long as the block."""
    worker = Worker(engine)
    try:
        yield IndexedFilms(engine, worker)
    finally:
        worker.close()
