"""The OpenAPI document: what FastAPI derives of the routes, and what holds of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

import rushes
from rushes.api.problems import PROBLEM_MEDIA_TYPE, Problem, problem_responses

_DESCRIPTION = """\
A library of video as a time-coded, searchable index. Times are whole milliseconds from the first
frame of a film, spans are half-open.

**Reading** needs no key. **Writing** needs the API key as `X-API-Key` or as a bearer token;
`rushes api-key` prints it. `X-Rushes-Actor` says who it is, for the audit log.

**Errors** are problem documents (RFC 9457) with a stable `code`; 503 comes with `Retry-After`.
Every answer has an `X-Request-ID`: the one that was sent, if it is up to 64 letters, digits, `.`,
`_` and `-`, or a new one. It stands in problems, in the log and in the audit log too.

**Pages**: an answer with a `cursor` goes on where that is given back; the last page has none.

**Answers seen before**: films, libraries and the like have an `ETag`; with `If-None-Match` they
come as 304 while nothing changed.
"""
_TAGS = {
    "health": "Whether the server and its database answer, and its numbers for Prometheus.",
    "libraries": "The folders that are indexed.",
    "videos": "The films.",
    "favourites": "Films and scenes that people marked. Scenes are kept by their span.",
    "selections": "Which of several runs of a stage answers for a film.",
    "artifacts": "What was found in a film, with its provenance.",
    "runs": "What was done to a film, when, and with what.",
    "corrections": "What people corrected; it survives a new analysis.",
    "navigation": "From moment to moment, in a film and across the library.",
    "search": "Scenes by what is said, written and seen in them, with filters and facets.",
    "vectors": "The files that searches by meaning and likeness read, for operators.",
    "media": "Pictures and pieces of films.",
    "people": "Who is in the films.",
    "backup": "What people did, as one portable file.",
    "export": "Results in the formats of other programs.",
    "deletion": "Taking films and results out of the index; films on disk are never touched.",
    "audit": "Who changed what, and when.",
}
_PARAMETERS: dict[str, tuple[Any, str]] = {
    "video_id": ("v01j9zq8w7kfx3", "asset_id of a film"),
    "artifact_id": ("a5f1c09d2b7e4", "id of an artifact"),
    "run_id": ("r0123abcd4567", "id of a run"),
    "library": ("films", "slug of a library"),
    "slug": ("films", "slug of a library"),
    "type": ("scene", "only artifacts of this type"),
    "artifact_type": ("scene", "only this type"),
    "stage": ("transcript", "name of a stage"),
    "label": ("dog", "as the vocabulary has it"),
    "person": ("Ada", "name or cluster id"),
    "text": ("garden", "words that are said or written"),
    "producer": ("faster-whisper", "library or model"),
    "producer_version": ("1.2.1", "exactly this version"),
    "config_hash": ("9c1185a5c5e9fc54", "of a stage's whole configuration"),
    "content": ("5e884898da280471", "content_hash of the film"),
    "if-none-match": ('W/"5e884898"', "ETag of an answer that is known"),
    "range": ("bytes=0-65535", "which bytes"),
    "cursor": ("WyJ2MDFqOXpxOHc3a2Z4MyJd", "`cursor` of the answer before"),
    "limit": (50, "how many at most"),
    "offset": (0, "how many to leave out"),
    "from_ms": (60000, "from this time of the film"),
    "to_ms": (75000, "up to this time of the film"),
    "width": (320, "pixels"),
    "min_confidence": (0.5, "at least this sure, 0 to 1"),
    "gap_ms": (2000, "how far apart what belongs together may be"),
}
"""Example and meaning of what several routes take; what a route says of its own comes first."""


class DescribedApi(FastAPI):
    """An application whose document says of every route how it may refuse."""

    def __init__(self) -> None:
        super().__init__(
            title="Rushes",
            version=rushes.__version__,
            description=_DESCRIPTION,
            license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
            generate_unique_id_function=_operation_id,
            docs_url=None,
            redoc_url=None,
        )

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            operations = list(_operations(document))
            for operation in operations:
                _summarise(operation)
                _add_examples(operation)
                _add_problems(operation)
            used = {tag for each in operations for tag in each.get("tags", ())}
            document["tags"] = [
                {"name": name, "description": _TAGS.get(name, name)}
                for name in [*(each for each in _TAGS if each in used), *sorted(used - {*_TAGS})]
            ]
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            for replaced in ("HTTPValidationError", "ValidationError"):
                schemas.pop(replaced, None)
            schemas["Problem"] = Problem.model_json_schema()
        return self.openapi_schema or {}


def _operation_id(route: APIRoute) -> str:
    """The name of the function, which is one in the whole API."""
    return route.name


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def _summarise(operation: dict[str, Any]) -> None:
    """The first sentence of what the route's docstring says is its summary."""
    paragraph = operation.get("description", "").split("\n\n")[0]
    first = " ".join(paragraph.split()).split(". ")[0].rstrip(".")
    operation["summary"] = first or operation.get("summary", "")


def _add_examples(operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        common, meaning = _PARAMETERS.get(parameter["name"].lower(), (None, None))
        if meaning is not None:
            parameter.setdefault("description", meaning)
        example = common if schema.get("default") is None else schema["default"]
        if example is not None:
            schema.setdefault("examples", [example])


def _add_problems(operation: dict[str, Any]) -> None:
    """Every refusal that the layers around all routes may give, where the route does not say it."""
    answers = operation["responses"]
    if "HTTPValidationError" in str(answers.get("422", "")):
        del answers["422"]
    statuses = [500]
    if operation.get("security"):
        statuses += [401, 409]
    if operation.get("requestBody"):
        statuses += [400, 413]
    if operation.get("parameters") or operation.get("requestBody"):
        statuses += [422]
    if "health" not in operation.get("tags", ()):
        statuses += [503]
    for status in sorted(statuses):
        problem = problem_responses(status)[status]
        answers.setdefault(str(status), {**problem, "description": _WORDS[status]})
    for answer in answers.values():
        if PROBLEM_MEDIA_TYPE in answer.get("content", {}):
            answer["description"] = answer.get("description") or "Why not"


_WORDS = {
    400: "The body cannot be read as JSON",
    401: "The API key is missing or wrong",
    409: "What the request refers to was changed in the meantime",
    413: "The body is larger than the server takes",
    422: "A value of the request is not allowed; `detail` names it",
    500: "A fault of the server; its log says what",
    503: "The database or the disk is away for a moment; see `Retry-After`",
}
