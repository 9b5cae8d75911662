"""What a request by likeness must be before anything is looked up for it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from rushes.artifacts.vocabulary import EmbeddingKind, ModelProfile
from rushes.errors import InvalidRequestError
from rushes.search.query.limits import checked_text
from rushes.similar.request import (
    MAX_DEPTH,
    MAX_LIMIT,
    Acquaintance,
    SimilarFilters,
    SimilarRequest,
)

SOURCES: Final = ("transcript", "ocr")
MAX_VALUES: Final = 5000
"""Over all filters."""
_QUESTIONS: Final = ("text", "image", "artifact_id", "face")
_LARGEST_MS: Final = 2**63 - 1
_GOES_WITH: Final = {
    "text": (EmbeddingKind.TEXT, EmbeddingKind.IMAGE),
    "image": (EmbeddingKind.IMAGE, EmbeddingKind.FACE),
    "artifact_id": tuple(EmbeddingKind),
    "face": (EmbeddingKind.FACE,),
}


def checked(request: SimilarRequest) -> SimilarRequest:
    """The request without what no name can hold.

    InvalidRequestError `one_question`, `empty_query`, `query_too_long`, `page_out_of_bounds`,
    `bad_kind` or `bad_filter`.
    """
    name = _question(request)
    _check_page(request)
    _check_score(request.min_score)
    _check_filters(request.filters)
    if request.kind is not None and request.kind not in _GOES_WITH[name]:
        raise bad_kind(f"{name} cannot be compared with vectors of kind {request.kind}", name)
    cleaned = replace(request, filters=_without_oddities(request.filters))
    if request.text is not None:
        text = checked_text(request.text)
        if not text:
            raise empty_question()
        return replace(cleaned, text=text)
    return replace(
        cleaned, artifact_id=_clean_or_none(request.artifact_id), face=_clean_or_none(request.face)
    )


def kinds_of(request: SimilarRequest) -> tuple[EmbeddingKind, ...]:
    """What is compared where a text or a picture asks: a picture means faces only if it says so."""
    if request.kind is not None:
        return (request.kind,)
    return _GOES_WITH["text"] if request.text is not None else (EmbeddingKind.IMAGE,)


def can_answer(filters: SimilarFilters, kind: EmbeddingKind) -> bool:
    """Whether a vector of that kind can be what these filters let through."""
    if filters.sources and kind is not EmbeddingKind.TEXT:
        return False
    return filters.people is Acquaintance.ANY or kind is EmbeddingKind.FACE


def bad_kind(message: str, name: str) -> InvalidRequestError:
    """A kind that the question, given as `name`, cannot be compared with."""
    return InvalidRequestError(
        message,
        code="bad_kind",
        remedy=f"leave kind out, or use {' or '.join(_GOES_WITH[name])}",
    )


def bad_filter(message: str, remedy: str) -> InvalidRequestError:
    """A filter that is none."""
    return InvalidRequestError(message, code="bad_filter", remedy=remedy)


def empty_question() -> InvalidRequestError:
    """Of a text that says nothing."""
    return InvalidRequestError(
        "the text is empty, or the model knows none of it",
        code="empty_query",
        remedy="say what is looked for in a few words",
    )


def _question(request: SimilarRequest) -> str:
    given = [name for name in _QUESTIONS if getattr(request, name) is not None]
    if len(given) != 1:
        raise InvalidRequestError(
            f"given are {' and '.join(given) or 'none'} of {', '.join(_QUESTIONS)}",
            code="one_question",
            remedy="ask with exactly one of them",
        )
    return given[0]


def _check_page(request: SimilarRequest) -> None:
    limit, offset = request.limit, request.offset
    if not 1 <= limit <= MAX_LIMIT or offset < 0 or offset + limit > MAX_DEPTH:
        raise InvalidRequestError(
            f"limit {limit} and offset {offset} are out of bounds",
            code="page_out_of_bounds",
            remedy=f"limit 1 to {MAX_LIMIT}, offset and limit together at most {MAX_DEPTH}",
        )


def _check_score(score: float | None) -> None:
    if score is not None and not (math.isfinite(score) and -1 <= score <= 1):
        raise bad_filter(f"min_score is {score}", "use a cosine, -1 to 1")


def _check_filters(filters: SimilarFilters) -> None:
    count = sum(
        len(each)
        for each in (filters.libraries, filters.asset_ids, filters.profiles, filters.sources)
    )
    if count > MAX_VALUES:
        raise bad_filter(f"the filters have {count} values", f"use at most {MAX_VALUES}")
    for source in filters.sources:
        if source not in SOURCES:
            raise bad_filter(f"there is no source {source!r}", f"use {' or '.join(SOURCES)}")
    for profile in filters.profiles:
        if profile not in [each.value for each in ModelProfile]:
            raise bad_filter(f"there is no profile {profile!r}", f"use {', '.join(ModelProfile)}")
    _check_captured(filters)
    _check_span(filters.start_ms, filters.end_ms)


def _check_captured(filters: SimilarFilters) -> None:
    since, until = filters.captured_from, filters.captured_to
    for moment in (since, until):
        if moment is not None and moment.tzinfo is None:
            raise bad_filter(f"{moment.isoformat()} has no time zone", "add one, such as Z")
    if since is not None and until is not None and since > until:
        raise bad_filter(f"{since.isoformat()} is after {until.isoformat()}", "change the two")


def _check_span(start_ms: int | None, end_ms: int | None) -> None:
    for number in (start_ms, end_ms):
        if number is not None and not 0 <= number <= _LARGEST_MS:
            raise bad_filter(f"{number} ms is no time of a film", "use ms from 0 on")
    if start_ms is not None and end_ms is not None and start_ms >= end_ms:
        raise bad_filter(f"a span from {start_ms} to {end_ms} ms has no length", "end it later")


def _without_oddities(filters: SimilarFilters) -> SimilarFilters:
    return replace(
        filters,
        libraries=tuple(map(_clean, filters.libraries)),
        asset_ids=tuple(map(_clean, filters.asset_ids)),
    )


def _clean_or_none(value: str | None) -> str | None:
    return None if value is None else _clean(value)


def _clean(value: str) -> str:
    """What Postgres can hold; what it cannot is no part of any name."""
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
