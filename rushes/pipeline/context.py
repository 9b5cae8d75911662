"""What the stages work with: one composition for the command line, Dagster, the API and tests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from threading import Lock
from typing import Any

from sqlalchemy import Engine

from rushes.analysis.profiles import Profiles, load_profiles
from rushes.analysis.protocol import Analyser, AnalyserIdentity
from rushes.artifacts.hashing import config_hash, input_hash, sha256_of
from rushes.artifacts.registry import SchemaRegistry, default_registry
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.runs import Worker
from rushes.artifacts.vocabulary import ModelProfile
from rushes.documents import DocumentIndex
from rushes.media.cache import MediaCache
from rushes.media.manifest import MediaPassConfig
from rushes.models.catalogue import Catalogue
from rushes.pipeline.stages import MEDIA_PASS, STAGES, AnalyserParts, StageDefinition
from rushes.settings import Settings


@dataclass(frozen=True, slots=True)
class StageTask:
    """A stage with one profile's configuration: the work, whichever film it is done on."""

    stage: StageDefinition
    profile: ModelProfile
    analyser: Analyser | None
    configuration: dict[str, Any]
    config_hash: str
    sampling: dict[str, Any] | None
    note: str | None = None
    """What a person should know of the weights in use."""

    @property
    def identity(self) -> AnalyserIdentity:
        """Who does the work; the media pass is PyAV's."""
        if self.analyser is not None:
            return self.analyser.identity
        return AnalyserIdentity("pyav", version("av"), "none")

    def input_hash(self, content_hash: str) -> str:
        """Over the film's content and the sampling, never over cached bytes."""
        return input_hash(content_hash, self.sampling)


class PipelineContext:
    """Settings, stores and models of one process. Models load once and serve all films."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.settings = settings
        self.engine = engine
        self.registry: SchemaRegistry = default_registry()
        self.artifacts = ArtifactRepository(self.registry)
        self.documents = DocumentIndex(settings.documents_root)
        self.cache = MediaCache(
            settings.cache_root, settings.cache_budget_bytes, settings.min_free_bytes
        )
        self.catalogue = Catalogue(settings)
        self._tasks: dict[tuple[str, ModelProfile], StageTask] = {}
        self._worker: Worker | None = None
        self._lock = Lock()

    @cached_property
    def profiles(self) -> Profiles:
        """The profile table, with the user's own laid over it."""
        return load_profiles(self.settings)

    @cached_property
    def media_pass(self) -> MediaPassConfig:
        """How films are sampled; the same for all profiles."""
        return MediaPassConfig.model_validate(self.profiles.media_pass)

    @property
    def worker(self) -> Worker:
        """This process's sign of life in Postgres; a new one where the server was restarted."""
        if self._worker is None or not self._worker.is_alive:
            self._worker = Worker(self.engine)
        return self._worker

    def task(self, stage: str, profile: ModelProfile) -> StageTask:
        """The stage's work under a profile. AnalysisError where its weights are not to be had."""
        with self._lock:
            key = (stage, profile)
            if key not in self._tasks:
                self._tasks[key] = self._make_task(definition(stage), profile)
            return self._tasks[key]

    def close(self) -> None:
        """Give back what this process holds."""
        if self._worker is not None:
            self._worker.close()
        self.engine.dispose()

    def _make_task(self, stage: StageDefinition, profile: ModelProfile) -> StageTask:
        sampling = self.media_pass.model_dump(mode="json") if stage.reads_media else None
        if stage.make_analyser is None:
            analyser = None
            configuration = self.media_pass.model_dump(mode="json")
            digest = config_hash(self.media_pass)
        else:
            options = self.profiles.stage(profile, stage.name)
            analyser = stage.make_analyser(AnalyserParts(self.settings, self.catalogue, options))
            configuration = {
                "stage": analyser.configuration.model_dump(mode="json"),
                "sampling": sampling,
            }
            digest = sha256_of(configuration)
        modelled = stage.name not in UNMODELLED
        return StageTask(
            stage=stage,
            profile=profile if modelled else ModelProfile.NONE,
            analyser=analyser,
            configuration=configuration,
            config_hash=digest,
            sampling=sampling,
            note=getattr(analyser, "weights_note", None),
        )


UNMODELLED = frozenset({"source_video", MEDIA_PASS})
"""Stages that are the same under every profile."""


def definition(name: str) -> StageDefinition:
    """The stage of that name; KeyError where there is none."""
    return {stage.name: stage for stage in STAGES}[name]
