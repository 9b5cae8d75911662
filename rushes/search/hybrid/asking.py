"""What a question is asked of by meaning: models and indexes, before anything else is read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.errors import RushesError, UserError
from rushes.search.hybrid.question_words import QuestionWords
from rushes.search.hybrid.walking import AskedSpace
from rushes.search.request import Missing
from rushes.similar.request import SpaceQuery
from rushes.vectors.errors import VectorsUnavailableError
from rushes.vectors.live.live_index import LiveIndex
from rushes.vectors.space import EmbeddingSpace

# The command line writes what is logged under this name to a file.
LOGGER = logging.getLogger("rushes.search.hybrid")
VECTORS = "vectors"
"""What is missing where nothing could be asked by meaning."""


class TextVectors(Protocol):
    """Makes vectors of a text, see `rushes.similar.query_vectors.QuestionVectors`."""

    def of_text(
        self, text: str, kinds: Collection[EmbeddingKind]
    ) -> tuple[list[SpaceQuery], list[Missing]]:
        """The text in each space that can be asked, and what could not be."""
        ...

    def prefix(self, space: EmbeddingSpace) -> str:
        """What stands before each text that a model was given, and nobody said."""
        ...


class Indexes(Protocol):
    """Opens the index of a space, see `rushes.vectors.indexes.VectorIndexes`."""

    def of(self, space: EmbeddingSpace) -> LiveIndex:
        """The index; VectorsUnavailableError where there is none."""
        ...


@dataclass(slots=True)
class Failures:
    """What could not be asked by meaning; `on_failure` is told the code of each."""

    on_failure: Callable[[str], None]
    missing: list[Missing] = field(default_factory=list)

    def note(self, error: Exception, what: str = VECTORS) -> None:
        """Tell everybody whom it concerns. What was asked for is nobody's business."""
        code = error.code if isinstance(error, RushesError) else "internal"
        self.on_failure(code)
        if isinstance(error, UserError):
            LOGGER.warning("%s could not be asked by meaning (%s)", what, code)
        else:
            LOGGER.error("finding by meaning failed (%s); the words answer", code, exc_info=error)
        why = str(error) if isinstance(error, RushesError) else type(error).__name__
        self.missing.append(Missing(what, f"{code}: {why}"))


def asked_spaces(
    words: QuestionWords,
    vectors: TextVectors,
    indexes: Callable[[], Indexes],
    cut_off: Callable[[EmbeddingSpace], float],
    failures: Failures,
) -> list[AskedSpace]:
    """The spaces that can be asked. Never raises but for Postgres; `failures` has the others."""
    try:
        queries, missing = vectors.of_text(words.text, words.kinds)
        failures.missing += missing
        if not queries:
            raise _nothing_to_ask(missing)
    except SQLAlchemyError:
        raise
    except Exception as error:  # whatever a model or FAISS may do, the words answer
        failures.note(error)
        return []
    return [
        opened
        for query in queries
        if (opened := _opened(query, indexes, cut_off, failures)) is not None
    ]


def _opened(
    query: SpaceQuery,
    indexes: Callable[[], Indexes],
    cut_off: Callable[[EmbeddingSpace], float],
    failures: Failures,
) -> AskedSpace | None:
    try:
        view = indexes().of(query.space).caught_up()
        return AskedSpace(view, query.vector, cut_off(query.space))
    except SQLAlchemyError:
        raise
    except Exception as error:  # the same
        failures.note(error, query.space.key)
        return None


def _nothing_to_ask(missing: Sequence[Missing]) -> VectorsUnavailableError:
    if missing:
        return VectorsUnavailableError("no space of vectors can be asked with a text")
    return VectorsUnavailableError(
        "no film has vectors of its texts or pictures",
        remedy="analyse the films with the stages text_embeddings and frame_embeddings",
    )
