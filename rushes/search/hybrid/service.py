"""Hybrid search: the words and their meaning, merged, and each hit says why it is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from rushes.db.reading import reading
from rushes.db.tables import asset
from rushes.pipeline.context import PipelineContext
from rushes.search.asking import Asked
from rushes.search.composing import Compose, Find, also_missing, by_text, closest, composed
from rushes.search.documents import timeline
from rushes.search.found import Found, Question
from rushes.search.hybrid.asking import Failures, Indexes, TextVectors, asked_spaces
from rushes.search.hybrid.conditions import conditions
from rushes.search.hybrid.fusion import reach
from rushes.search.hybrid.meant import Meant
from rushes.search.hybrid.nearest import nearest_scenes
from rushes.search.hybrid.question_words import QuestionWords, question_words
from rushes.search.hybrid.union import union
from rushes.search.hybrid.walking import MOST_DOCUMENTS, AskedSpace
from rushes.search.hybrid.wording import as_it_was_said
from rushes.search.query.shaping import all_of
from rushes.search.request import Missing, Mode, SearchAnswer, SearchRequest, SearchSource
from rushes.similar.cut_offs import cut_off
from rushes.similar.query_vectors import QuestionVectors
from rushes.vectors.space import EmbeddingSpace


@dataclass(frozen=True, slots=True)
class _Asking:
    """What is looked for by meaning, where, and what could not be asked."""

    words: QuestionWords
    spaces: Sequence[AskedSpace]
    missing: Sequence[Missing]


class HybridSearch:
    """Adds to what either engine finds by words what is near in meaning. Safe between threads.

    `cut_off`: of each space, the least cosine that counts. `on_failure` is told the code of each
    failure to find by meaning; the words answer then, and the answer says what is missing.
    """

    def __init__(
        self,
        engine: Engine,
        vectors: TextVectors,
        indexes: Callable[[], Indexes],
        cut_off: Callable[[EmbeddingSpace], float],
        on_failure: Callable[[str], None] | None = None,
    ) -> None:
        self._engine = engine
        self._vectors = vectors
        self._indexes = indexes
        self._cut_off = cut_off
        self._on_failure = on_failure or (lambda _: None)
        self._by_text = by_text(engine)

    @classmethod
    def of(
        cls, context: PipelineContext, *, on_failure: Callable[[str], None] | None = None
    ) -> Self:
        """With the models and the indexes of this process, which are opened when asked for."""
        return cls(
            context.engine,
            QuestionVectors(context),
            lambda: context.vector_indexes,
            partial(cut_off, is_text=True),
            on_failure,
        )

    def compose(self, request: SearchRequest) -> Compose | None:
        """How this question is answered; None where it has no words that mean anything.

        Models and indexes are opened here: that may take longer than what is read for an answer
        stays good. Raises InvalidRequestError `query_too_long`.
        """
        words = question_words(request.text, request.scope)
        if words is None:
            return None
        failures = Failures(self._on_failure)
        spaces = asked_spaces(words, self._vectors, self._indexes, self._cut_off, failures)
        if not spaces:
            return also_missing(self._by_text, failures.missing)
        asking = _Asking(words, spaces, failures.missing)
        return lambda *asked: self._answer(asking, *asked)

    def _answer(
        self,
        asking: _Asking,
        asked: Asked,
        find: Find,
        source: SearchSource,
        missing: Sequence[Missing],
    ) -> SearchAnswer:
        of = closest(_from_the_first(asked), find)
        failures = Failures(self._on_failure)
        try:
            meant = self._meant(asking, asked)
        except SQLAlchemyError:
            raise
        except Exception as error:  # whatever FAISS may do, the words answer
            failures.note(error)
            return self._by_text(asked, find, source, [*missing, *failures.missing])
        question = replace(of.question, limit=asked.request.limit, offset=asked.request.offset)
        page = union(question, of.found, meant, self._timelines(question, of.found, meant))
        answer = composed(
            self._engine,
            asked,
            replace(of, question=question, found=page),
            source,
            [*missing, *asking.missing],
            Mode.HYBRID,
        )
        spaces = [each.view.space for each in asking.spaces]
        prefixes = {space.key: self._vectors.prefix(space) for space in spaces}
        return replace(answer, hits=[as_it_was_said(hit, prefixes) for hit in answer.hits])

    def _meant(self, asking: _Asking, asked: Asked) -> Meant:
        # Of the text as it was written: loosened words exclude no less.
        _, question = asked.questions[0]
        depth = question.offset + question.limit
        return nearest_scenes(
            self._engine,
            asking.spaces,
            all_of([conditions(question.wanted), question.allowed]),
            asked.filters,
            asking.words.sources,
            reach(depth) if question.is_by_relevance else MOST_DOCUMENTS,
        )

    def _timelines(self, question: Question, found: Found, meant: Meant) -> dict[str, int]:
        """Where each scene stands in the order of capture; asked for where that matters only."""
        if question.is_by_relevance:
            return {}
        films = {scene.asset_id for scene in found.scenes}
        query = select(asset.c.asset_id, asset.c.capture_time).where(asset.c.asset_id.in_(films))
        with reading(self._engine) as connection:
            captured = {row.asset_id: row.capture_time for row in connection.execute(query)}
        of_text = {
            each.doc_id: timeline(each.asset_id, captured.get(each.asset_id), each.start_ms)
            for each in found.scenes
        }
        of_meaning = {id_: each.fields["timeline"] for id_, each in meant.documents.items()}
        return of_text | of_meaning


def _from_the_first(asked: Asked) -> Asked:
    """The same questions for as many hits as decide about the page."""
    depth = reach(asked.request.offset + asked.request.limit)
    questions = [
        (matched, replace(question, limit=depth, offset=0)) for matched, question in asked.questions
    ]
    return replace(asked, questions=tuple(questions))
