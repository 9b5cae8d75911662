"""Search by meaning and likeness, as everybody asks it: by text, picture, artifact or face."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import cache, partial
from time import perf_counter
from typing import Protocol, Self

import numpy as np
from sqlalchemy import Engine

from rushes.pipeline.context import PipelineContext
from rushes.search.request import Missing
from rushes.similar.checking import bad_filter, can_answer, checked
from rushes.similar.cut_offs import cut_off
from rushes.similar.film_filters import check_names, runs_by_policy, runs_that_may_answer
from rushes.similar.fusion import depth_for, fused
from rushes.similar.hits import searched_space, similar_hits
from rushes.similar.hydration import Verifier
from rushes.similar.query_vectors import QuestionVectors
from rushes.similar.question import PictureAnswer, Question
from rushes.similar.request import MAX_VERIFIED, SimilarAnswer, SimilarRequest
from rushes.similar.walking import SpaceFound, SpaceRequest, ask_space
from rushes.vectors.errors import VectorsUnavailableError
from rushes.vectors.live.live_index import LiveIndex
from rushes.vectors.space import EmbeddingSpace

LOGGER = logging.getLogger("rushes.similar")


class Indexes(Protocol):
    """Where the live index of a space comes from."""

    def of(self, space: EmbeddingSpace) -> LiveIndex:
        """VectorsUnavailableError where it cannot be had now."""


class Questions(Protocol):
    """What turns a request into vectors, see `QuestionVectors`."""

    def of(self, request: SimilarRequest, face_index: int = 0) -> Question:
        """What a request that was checked asks."""

    def prefix(self, space: EmbeddingSpace) -> str:
        """What stands before each text of that space, and nobody said."""


class SimilarService:
    """Answers from the live index of each space, verified against Postgres.

    `indexes` is called at each question. Safe to share between threads.
    """

    def __init__(
        self, engine: Engine, indexes: Callable[[], Indexes], questions: Questions
    ) -> None:
        self._engine = engine
        self._indexes = indexes
        self._questions = questions

    @classmethod
    def of(cls, context: PipelineContext) -> Self:
        """With the indexes and models of a process."""
        return cls(context.engine, lambda: context.vector_indexes, QuestionVectors(context))

    def search(self, request: SimilarRequest, *, face_index: int = 0) -> SimilarAnswer:
        """One page, the best first. `face_index`: which face of a picture, the best is 0.

        A picture that is asked for a face is answered by a PictureAnswer. Raises
        InvalidRequestError and NotFoundError as `checked` and `QuestionVectors.of` do, also
        `library_not_found` and `video_not_found`; VectorsUnavailableError where no space at all
        could be asked. What some could not be asked stands in `missing`.
        """
        started = perf_counter()
        asked = checked(request)
        check_names(self._engine, asked.filters)
        question = self._questions.of(asked, face_index)
        answer = self._answer(asked, question)
        took_ms = (perf_counter() - started) * 1000
        values = (answer.hits, answer.has_more, answer.spaces, answer.missing, took_ms)
        if question.faces:
            return PictureAnswer(*values, faces=list(question.faces))
        return SimilarAnswer(*values)

    def _answer(self, request: SimilarRequest, question: Question) -> SimilarAnswer:
        missing = list(question.missing)
        found = self._found(request, question, missing)
        if missing and not found:
            raise nothing_to_ask(missing)
        until = request.offset + request.limit
        ranked = fused(found)
        verifier = Verifier(self._engine, request.filters, request.selection)
        page = ranked[request.offset : until]
        hits = similar_hits(page, found, verifier, self._questions.prefix)
        spaces = [searched_space(each) for each in found]
        has_more = len(ranked) > until or any(each.is_cut for each in found)
        return SimilarAnswer(hits, has_more, spaces, missing)

    def _found(
        self, request: SimilarRequest, question: Question, missing: list[Missing]
    ) -> list[SpaceFound]:
        asked = _asked_vectors(request, question)
        kinds = {space.kind for space in asked}
        runs = runs_that_may_answer(self._engine, request.filters, request.selection, kinds)
        answering = cache(partial(runs_by_policy, self._engine, kinds))
        depth = depth_for(request.offset + request.limit + 1, len(asked))
        found = []
        for space, vectors in asked.items():
            own = cut_off(space, is_text=question.is_text)
            wanted = SpaceRequest(
                vectors=[np.frombuffer(vector, "<f4") for vector in vectors],
                cut_off=own if request.min_score is None else request.min_score,
                runs=runs,
                answering=answering,
                without=question.without,
                collapse=request.collapse,
                most_verified=max(2 * depth, MAX_VERIFIED // len(asked)),
            )
            try:
                found.append(self._found_in(space, wanted, request, depth))
            except VectorsUnavailableError as error:
                missing.append(_failed(space, error))
        missing += [_not_all_of(each) for each in found if each.is_cut]
        return found

    def _found_in(
        self, space: EmbeddingSpace, wanted: SpaceRequest, request: SimilarRequest, depth: int
    ) -> SpaceFound:
        verifier = Verifier(self._engine, request.filters, request.selection)
        return ask_space(self._indexes().of(space), wanted, verifier, depth)


def nothing_to_ask(missing: Sequence[Missing]) -> VectorsUnavailableError:
    """No space at all could be asked: the first one says why, and so what is to be done."""
    said = "; ".join(f"{each.what}: {each.why}" for each in missing)
    LOGGER.error("nothing can be asked: %s", said)
    return VectorsUnavailableError(
        f"nothing can be asked: {said}", remedy="rushes vectors status; rushes models list"
    )


def _asked_vectors(
    request: SimilarRequest, question: Question
) -> dict[EmbeddingSpace, list[bytes]]:
    """Of each space that the filters let answer at all."""
    asked = question.by_space()
    able = {space: each for space, each in asked.items() if can_answer(request.filters, space.kind)}
    if asked and not able:
        kinds = " and ".join(sorted({space.kind for space in asked}))
        raise bad_filter(
            f"the question is compared with vectors of kind {kinds},"
            " none of which sources or people lets through",
            "sources goes with texts, people with faces",
        )
    return able


def _not_all_of(found: SpaceFound) -> Missing:
    return Missing(
        found.view.space.key,
        f"of the {found.asked.most_verified} nearest vectors too few may answer, the others were"
        " not looked at (ask for less with min_score, or for certain films)",
    )


def _failed(space: EmbeddingSpace, error: VectorsUnavailableError) -> Missing:
    LOGGER.error("%s cannot be searched: %s", space.key, error)
    return Missing(space.key, str(error))
