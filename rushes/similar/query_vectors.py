"""From a question to unit vectors, in each space that it can be asked in."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import Any

from rushes.artifacts.selection import Selection
from rushes.artifacts.vocabulary import ArtifactType, EmbeddingKind
from rushes.db.reading import reading
from rushes.errors import InvalidRequestError, RushesError, UserError
from rushes.media.pictures import Pixels
from rushes.pipeline.context import PipelineContext
from rushes.search.request import Missing
from rushes.similar.asked_faces import asked_faces
from rushes.similar.checking import bad_kind, empty_question, kinds_of
from rushes.similar.embedders import Embedders
from rushes.similar.known_vectors import (
    KnownArtifact,
    is_recognised,
    known_artifact,
    no_vector,
    person_hidden,
    recognition_off,
    vectors_of_person,
    vectors_of_span,
)
from rushes.similar.people_asked import person_asked
from rushes.similar.picture import pixels_of
from rushes.similar.question import AskedFace, Question
from rushes.similar.recent import RecentQuestions
from rushes.similar.request import SimilarRequest, SpaceQuery
from rushes.similar.standing import StandingSpaces
from rushes.vectors.space import EmbeddingSpace

LOGGER = logging.getLogger("rushes.similar")
_NO_TOWER = "no_text_tower"
_Embed = Callable[[Any], bytes | None]
_Found = tuple[list[SpaceQuery], list[Missing]]


class QuestionVectors:
    """Questions as vectors, by the models of `context`. Safe between threads."""

    def __init__(self, context: PipelineContext) -> None:
        self._engine = context.engine
        self._embedders = Embedders(context)
        self._recent = RecentQuestions()
        self._standing = StandingSpaces(context.engine)

    def of(self, request: SimilarRequest, face_index: int = 0) -> Question:
        """What a request that was checked asks. `face_index`: which face of a picture, the best 0.

        Raises InvalidRequestError `empty_query`, `query_too_long`, `no_text_tower`,
        `not_a_picture`, `picture_too_large`, `no_face`, `no_vector`, `recognition_off`,
        `person_hidden`, `bad_kind`
        or `ambiguous_person`, NotFoundError `artifact_not_found` or `person_not_found`.
        """
        if request.text is not None:
            queries, missing = self.of_text(request.text, kinds_of(request), request.selection)
            return Question(queries, missing, is_text=True)
        if request.image is not None and request.kind is EmbeddingKind.FACE:
            return self.of_faces(request.image, face_index, request.selection)
        if request.image is not None:
            return Question(*self.of_image(request.image, kinds_of(request), request.selection))
        if request.artifact_id is not None:
            return self.of_artifact(request.artifact_id, request)
        return self.of_face(request.face or "", request)

    def of_text(
        self, text: str, kinds: Collection[EmbeddingKind], selection: Selection | None = None
    ) -> _Found:
        """The text in each space of these kinds that can answer and has a model that reads texts.

        Where a space of pictures is asked for beside others and its model reads no texts, it is
        left out without a word: it never could be asked.
        """
        spaces = self._standing.of(kinds, selection)
        queries: list[SpaceQuery] = []
        missing: list[Missing] = []
        refusals: list[InvalidRequestError] = []
        for space in spaces:
            try:
                vector = self._embedded(space, missing, lambda model: self._text(model, text))
            except InvalidRequestError as error:
                refusals.append(error)
                if error.code != _NO_TOWER:
                    missing.append(Missing(space.key, str(error)))
                continue
            if vector is not None:
                queries.append(SpaceQuery(space, vector))
        if not queries and refusals and len(refusals) == len(spaces):
            raise refusals[0]
        if spaces and not queries and not missing and not refusals:
            raise empty_question()
        return queries, missing

    def of_image(
        self, image: bytes, kinds: Collection[EmbeddingKind], selection: Selection | None = None
    ) -> _Found:
        """The picture in each space of pictures. `kinds`: only that of pictures is looked at."""
        pixels = pixels_of(image)
        queries: list[SpaceQuery] = []
        missing: list[Missing] = []
        for space in self._standing.of(set(kinds) & {EmbeddingKind.IMAGE}, selection):
            vector = self._embedded(space, missing, lambda model: _picture(model, pixels))
            if vector is not None:
                queries.append(SpaceQuery(space, vector))
        return queries, missing

    def of_faces(
        self, image: bytes, face_index: int = 0, selection: Selection | None = None
    ) -> Question:
        """One face of the picture, in the spaces that have faces; the best to recognise is 0."""
        pixels = pixels_of(image)
        queries: list[SpaceQuery] = []
        missing: list[Missing] = []
        faces: list[AskedFace] = []
        for space in self._standing.of({EmbeddingKind.FACE}, selection):
            analyser = self._analyser(space, missing)
            if analyser is None:
                continue
            try:
                seen = analyser.embed_faces(pixels)
            except RushesError as error:
                missing.append(_failed(space, error))
                continue
            faces, vector = asked_faces(seen, face_index)
            queries.append(SpaceQuery(space, vector))
        return Question(queries, missing, faces=faces)

    def of_artifact(self, artifact_id: str, request: SimilarRequest) -> Question:
        """More like this: by its own vector, or by what its span shows or says."""
        with reading(self._engine) as connection:
            artifact = known_artifact(connection, artifact_id)
            kind = request.kind or artifact.usual_kind
            if kind is EmbeddingKind.FACE:
                return Question([_of_face(artifact)], without=frozenset({_embedding(artifact)}))
            if artifact.space is not None and artifact.vector and artifact.space.kind is kind:
                own = SpaceQuery(artifact.space, artifact.vector)
                return Question([own], without=frozenset({_embedding(artifact)}))
            queries, ids = vectors_of_span(connection, artifact, kind, request.selection)
        if not queries:
            raise no_vector(
                f"{artifact.artifact_type} {artifact.artifact_id}, or what its span holds of kind"
                f" {kind},",
                "analyse the film with the stages frame_embeddings and text_embeddings",
            )
        return Question(queries, without=ids)

    def of_face(self, face: str, request: SimilarRequest) -> Question:
        """By a person, given as id or name, or by the artifact id of a face."""
        with reading(self._engine) as connection:
            person = person_asked(connection, face, request.filters.libraries)
            if isinstance(person, KnownArtifact):
                return Question([_of_face(person)], without=frozenset({_embedding(person)}))
            if not is_recognised(connection, person.library_slug):
                raise recognition_off(person.library_slug)
            if person.hidden:
                raise person_hidden()
            queries = vectors_of_person(connection, person.cluster_id)
        if not queries:
            raise no_vector(
                f"{person.name or person.cluster_id}",
                "analyse films that show the person again, or ask with a picture",
            )
        return Question(queries)

    def prefix(self, space: EmbeddingSpace) -> str:
        """What stands before each text that a model was given, and nobody said."""
        return self._embedders.prefix(space)

    def _embedded(
        self, space: EmbeddingSpace, missing: list[Missing], embed: _Embed
    ) -> bytes | None:
        """The vector; None where there is none, which `missing` then says unless it is empty."""
        try:
            model = self._analyser(space, missing)
            return None if model is None else embed(model)
        except UserError:
            raise
        except RushesError as error:
            missing.append(_failed(space, error))
            return None

    def _analyser(self, space: EmbeddingSpace, missing: list[Missing]) -> Any | None:
        found = self._embedders.of(space)
        if found is None:
            remedy = self._embedders.remedy(space)
            missing.append(Missing(space.key, f"its model {space.model} is not here ({remedy})"))
            LOGGER.warning("%s cannot be asked: its model is not here", space.key)
        return found

    def _text(self, model: Any, text: str) -> bytes | None:
        known = self._recent.get(model.space, text)
        if known is None:
            (known,) = model.embed_texts([text])
            if known is not None:
                self._recent.put(model.space, text, known)
        return known


def _picture(model: Any, pixels: Pixels) -> bytes | None:
    found: list[bytes | None] = model.embed_images([pixels])
    return found[0]


def _of_face(artifact: KnownArtifact) -> SpaceQuery:
    if artifact.artifact_type != ArtifactType.FACE_DETECTION:
        raise bad_kind(f"a {artifact.artifact_type} is no face", "artifact_id")
    if not artifact.recognised:
        raise recognition_off(artifact.library)
    if artifact.hidden:
        raise person_hidden()
    if artifact.space is None or artifact.vector is None:
        raise no_vector(
            f"the face {artifact.artifact_id}",
            "it is too small or blurred to be told from others; ask with another one",
        )
    return SpaceQuery(artifact.space, artifact.vector)


def _embedding(artifact: KnownArtifact) -> str:
    return artifact.embedding_id or ""


def _failed(space: EmbeddingSpace, error: RushesError) -> Missing:
    LOGGER.error("%s cannot be asked: %s", space.key, error)
    return Missing(space.key, str(error))
