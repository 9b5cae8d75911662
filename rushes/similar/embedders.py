"""Which models are here to turn a question into a vector: those of all profiles, by space."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from time import monotonic
from typing import Any, Final

from sqlalchemy import select

from rushes.analysis.profiles import LIBRARY_SETTING
from rushes.artifacts.vocabulary import (
    STAGE_OF_TYPE,
    ArtifactType,
    EmbeddingKind,
    ModelProfile,
)
from rushes.db.tables import libraries
from rushes.errors import RushesError
from rushes.pipeline.context import PipelineContext
from rushes.vectors.space import EmbeddingSpace

STAGE_OF_KIND: Final = {
    EmbeddingKind.TEXT: STAGE_OF_TYPE[ArtifactType.TEXT_EMBEDDING],
    EmbeddingKind.IMAGE: STAGE_OF_TYPE[ArtifactType.FRAME_EMBEDDING],
    EmbeddingKind.FACE: STAGE_OF_TYPE[ArtifactType.FACE_DETECTION],
}
_PROFILES: Final = tuple(each for each in ModelProfile if each is not ModelProfile.NONE)
_LOOK_AGAIN_SECONDS: Final = 5.0


class Embedders:
    """The analysers that can make vectors of a space, one a space. Safe between threads.

    A model that is fetched, or a profile that a library gets, while the process runs is found
    within seconds.
    """

    def __init__(self, context: PipelineContext) -> None:
        self._context = context
        self._known: dict[EmbeddingSpace, Any] = {}
        self._looked_at: dict[EmbeddingKind, float] = {}
        self._lock = Lock()

    def of(self, space: EmbeddingSpace) -> Any | None:
        """The analyser of that space; None where its model is not here."""
        with self._lock:
            if space not in self._known and self._may_look(space.kind):
                self._look(space.kind)
            return self._known.get(space)

    def of_kind(self, kind: EmbeddingKind) -> list[Any]:
        """All of one kind that are here, whether they have vectors or not."""
        with self._lock:
            if self._may_look(kind):
                self._look(kind)
            return [each for space, each in self._known.items() if space.kind is kind]

    def prefix(self, space: EmbeddingSpace) -> str:
        """What stands before each text that the model of that space was given."""
        configuration = getattr(self.of(space), "configuration", None)
        return str(getattr(getattr(configuration, "settings", None), "prefix", ""))

    def remedy(self, space: EmbeddingSpace) -> str:
        """How to get the model of a space that has none here."""
        try:
            return self._context.catalogue.entry(space.model).remedy
        except RushesError:
            return "name it in the profile again, or analyse the films anew"

    def _may_look(self, kind: EmbeddingKind) -> bool:
        last = self._looked_at.get(kind)
        return last is None or monotonic() - last > _LOOK_AGAIN_SECONDS

    def _look(self, kind: EmbeddingKind) -> None:
        for library in (None, *self._libraries_of_their_own()):
            for analyser in self._analysers(kind, library):
                space = getattr(analyser, "space", None)
                if space is not None:
                    self._known.setdefault(space, analyser)
        self._looked_at[kind] = monotonic()

    def _analysers(self, kind: EmbeddingKind, library: str | None) -> Iterator[Any]:
        for profile in _PROFILES:
            try:
                yield self._context.task(STAGE_OF_KIND[kind], profile, library).analyser
            except RushesError:  # not here; whoever needs it is told so
                continue

    def _libraries_of_their_own(self) -> list[str]:
        """Those that lay something over the profile table."""
        query = select(libraries.c.slug).where(libraries.c.settings.has_key(LIBRARY_SETTING))
        with self._context.engine.connect() as connection:
            return list(connection.execute(query.order_by(libraries.c.slug)).scalars())
