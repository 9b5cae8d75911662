"""What a person's request must have before anything is asked, whether it came by HTTP or typed."""

from __future__ import annotations

from collections.abc import Iterable

from rushes.errors import InvalidRequestError
from rushes.search.query.limits import checked_text
from rushes.search.request import Filters, SearchRequest


def facet_names(given: Iterable[str]) -> tuple[str, ...]:
    """The facets that texts name, several in one by comma."""
    parts = (part.strip() for each in given for part in each.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def asking_for_something(request: SearchRequest) -> SearchRequest:
    """The request; InvalidRequestError `empty_query` where it has neither text nor filter."""
    if not checked_text(request.text) and request.filters == Filters():
        raise InvalidRequestError(
            "the query is empty",
            code="empty_query",
            remedy="give a text or a filter",
        )
    return request
