"""What the stages work with: one composition for the command line, Dagster, the API and tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import version
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, select

from rushes.analysis.profiles import Profiles, load_profiles
from rushes.analysis.protocol import Analyser, AnalyserIdentity
from rushes.artifacts.hashing import input_hash, sha256_of
from rushes.artifacts.registry import SchemaRegistry, default_registry
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.runs import Worker
from rushes.artifacts.vocabulary import ModelProfile
from rushes.db.tables import libraries
from rushes.documents import DocumentIndex
from rushes.errors import AnalysisError
from rushes.media.cache import MediaCache
from rushes.media.manifest import MediaPassConfig
from rushes.models.catalogue import Catalogue
from rushes.pipeline.stages import MEDIA_PASS, STAGES, AnalyserParts, StageDefinition
from rushes.settings import Settings
from rushes.vectors.cache import EmbeddingCache

if TYPE_CHECKING:
    from rushes.search.quickwit.client import QuickwitClient
    from rushes.vectors.indexes import VectorIndexes


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
    rests_on: Mapping[str, str | None] = field(default_factory=dict)
    """Stage -> config_hash of the work whose artifacts it reads; None: not to be had here."""

    @property
    def identity(self) -> AnalyserIdentity:
        """Who does the work; the media pass is PyAV's."""
        if self.analyser is not None:
            return self.analyser.identity
        return AnalyserIdentity("pyav", version("av"), "none")

    def resting_on(self, imported: Mapping[str, str]) -> StageTask:
        """This work for a film of which stages were imported (stage -> config_hash)."""
        changed = {stage: imported[stage] for stage in self.rests_on if stage in imported}
        if not changed:
            return self
        rests_on = {**self.rests_on, **changed}
        configuration = {**self.configuration, "rests_on": rests_on}
        return replace(
            self,
            rests_on=rests_on,
            configuration=configuration,
            config_hash=sha256_of(configuration),
        )

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
        self.vectors = EmbeddingCache(engine, settings.embedding_cache_bytes)
        self._tasks: dict[tuple[str, ModelProfile, str], StageTask] = {}
        self._worker: Worker | None = None
        self._quickwit: QuickwitClient | None = None
        self._quickwit_lock = Lock()
        self._vector_indexes: VectorIndexes | None = None
        self._vectors_lock = Lock()
        self._lock = RLock()  # a stage that rests on others makes their tasks too

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

    @property
    def quickwit(self) -> QuickwitClient:
        """The search engine; at first use the embedded node is started, unless one is set."""
        # Most commands never search, and httpx takes a tenth of a second to load.
        from rushes.search.quickwit.connection import open_quickwit

        with self._quickwit_lock:
            if self._quickwit is None:
                self._quickwit = open_quickwit(self.settings)
            return self._quickwit

    @property
    def vector_indexes(self) -> VectorIndexes:
        """The vector indexes of this process, each opened at its first use."""
        from rushes.vectors.indexes import VectorIndexes
        from rushes.vectors.options import IndexOptions

        with self._vectors_lock:
            if self._vector_indexes is None:
                self._vector_indexes = VectorIndexes(
                    self.engine, self.settings.vectors_root, IndexOptions.of(self.settings)
                )
            return self._vector_indexes

    def library_profiles(self, slug: str | None) -> Profiles:
        """The profile table with what that library lays over it; None: the table itself."""
        if slug is None:
            return self.profiles
        with self.engine.connect() as connection:
            chosen = connection.execute(
                select(libraries.c.settings).where(libraries.c.slug == slug)
            ).scalar()
        return self.profiles.with_library(chosen or {})

    def task(self, stage: str, profile: ModelProfile, library: str | None = None) -> StageTask:
        """The stage's work under a profile, in a library that may have its own settings.

        AnalysisError where its weights or its extra are not to be had.
        """
        profiles = self.library_profiles(library)
        with self._lock:
            return self._task(stage, profile, profiles)

    def close(self) -> None:
        """Give back what this process holds."""
        if self._worker is not None:
            self._worker.close()
        with self._quickwit_lock:
            if self._quickwit is not None:
                self._quickwit.close()
                self._quickwit = None
        with self._vectors_lock:
            if self._vector_indexes is not None:
                self._vector_indexes.close()
                self._vector_indexes = None
        self.engine.dispose()

    def _task(self, stage: str, profile: ModelProfile, profiles: Profiles) -> StageTask:
        key = (stage, profile, profiles.digest)
        if key not in self._tasks:
            self._tasks[key] = self._make_task(definition(stage), profile, profiles)
        return self._tasks[key]

    def _make_task(
        self, stage: StageDefinition, profile: ModelProfile, profiles: Profiles
    ) -> StageTask:
        sampling = self.media_pass.model_dump(mode="json") if stage.reads_media else None
        rests_on = {name: self._digest(name, profile, profiles) for name in stage.rests_on}
        analyser: Analyser | None = None
        if stage.make_analyser is None:
            configuration = self.media_pass.model_dump(mode="json")
        else:
            options = profiles.stage(profile, stage.name)
            analyser = stage.make_analyser(
                AnalyserParts(self.settings, self.catalogue, options, self.vectors)
            )
            configuration = {
                "stage": analyser.configuration.model_dump(mode="json"),
                "sampling": sampling,
                **({"rests_on": rests_on} if rests_on else {}),
            }
        return StageTask(
            stage=stage,
            profile=ModelProfile.NONE if stage.name in UNMODELLED else profile,
            analyser=analyser,
            configuration=configuration,
            config_hash=sha256_of(configuration),
            sampling=sampling,
            note=getattr(analyser, "weights_note", None),
            rests_on=rests_on,
        )

    def _digest(self, stage: str, profile: ModelProfile, profiles: Profiles) -> str | None:
        try:
            return self._task(stage, profile, profiles).config_hash
        except AnalysisError:
            return None


UNMODELLED = frozenset({"source_video", MEDIA_PASS})
"""Stages that are the same under every profile."""


def definition(name: str) -> StageDefinition:
    """The stage of that name; KeyError where there is none."""
    return {stage.name: stage for stage in STAGES}[name]
