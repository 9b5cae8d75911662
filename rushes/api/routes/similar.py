"""Moments by meaning and likeness."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import to_json
from starlette.datastructures import UploadFile

from rushes.api.answers.similar import SimilarAnswerModel
from rushes.api.problems import problem_responses
from rushes.api.similar_parameters import SimilarBody, SimilarParameters
from rushes.errors import InvalidRequestError
from rushes.pipeline.context import PipelineContext
from rushes.similar.film_picture import picture_at
from rushes.similar.plain import plain_answer
from rushes.similar.service import SimilarService

_JSON = "application/json"
_SCHEMA = SimilarBody.model_json_schema(ref_template="#/components/schemas/{model}")
_SCHEMA.pop("$defs", None)  # what they define is among the parameters of the GET too
_FORM = "multipart/form-data"
_PICTURE = {"schema": {"type": "string", "format": "binary"}}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A picture file as it is, or the parameters as JSON",
        "content": {
            _JSON: {"schema": _SCHEMA},
            "image/*": _PICTURE,
            _FORM: {
                "schema": {
                    "type": "object",
                    "properties": {"image": _PICTURE["schema"]},
                    "required": ["image"],
                }
            },
        },
    }
}


def router(context: PipelineContext) -> APIRouter:
    """`/v1/similar`. It reads, also where the question comes as a body: no key is asked for."""
    routes = APIRouter(tags=["search"])
    answers = problem_responses(404, 422, 503)
    service = cache(lambda: SimilarService.of(context))

    def answer(asked: SimilarParameters, image: bytes | None = None) -> Response:
        place = asked.place()
        if place is not None and image is not None:
            raise _one_question("a picture, and video_id with at_ms")
        if place is not None:
            image = picture_at(context, *place)
        found = service().search(asked.request(image), face_index=asked.face_index)
        return Response(to_json(plain_answer(found)), media_type=_JSON)

    @routes.get("/v1/similar", response_model=SimilarAnswerModel, responses=answers)
    def similar(asked: Annotated[SimilarParameters, Query()]) -> Response:
        """The moments most like a text, an artifact, a face or a picture of a film.

        Exactly one of text, artifact_id, face, and video_id with at_ms is given. The filters must
        all hold. What could not be asked, for want of a model or an index, stands in `missing`.
        """
        return answer(asked)

    @routes.post(
        "/v1/similar", response_model=SimilarAnswerModel, responses=answers, openapi_extra=_BODY
    )
    async def similar_by_body(
        request: Request, in_url: Annotated[SimilarParameters, Query()]
    ) -> Response:
        """The moments most like a picture, which is the body; the rest stands in the URL.

        With kind=face a face of it is looked for. A form sends the picture as its one file. A body
        of JSON has the parameters of the GET, and then the URL has none.
        """
        kind = request.headers.get("content-type", "")
        if kind.startswith(_FORM):
            return await run_in_threadpool(answer, in_url, await _sent_file(request))
        body = await request.body()
        if not kind.startswith(_JSON):
            return await run_in_threadpool(answer, in_url, body)
        if request.query_params:
            raise InvalidRequestError(
                "the question comes as a body and in the URL too",
                remedy="put all of it into the body",
            )
        return await run_in_threadpool(answer, _parameters(body))

    return routes


async def _sent_file(request: Request) -> bytes:
    async with request.form(max_files=1) as form:
        files = [each for _, each in form.multi_items() if isinstance(each, UploadFile)]
        if not files:
            raise InvalidRequestError(
                "the form has no file", remedy="send the picture as a file, by the name image"
            )
        return await files[0].read()


def _parameters(body: bytes) -> SimilarParameters:
    try:
        return SimilarBody.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise RequestValidationError(
            [{**each, "loc": ("body", *each["loc"])} for each in found]
        ) from error


def _one_question(given: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"given are {given}", code="one_question", remedy="ask with exactly one of them"
    )
