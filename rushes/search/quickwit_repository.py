"""Search in Quickwit: exactly what was live at a snapshot's serial, whatever the indexes hold."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any as AnyValue
from typing import Final

from rushes.search.facets import FIELD_OF_FACET, Counts, most_first
from rushes.search.found import Found, FoundScene, Question
from rushes.search.query.serialising import to_quickwit
from rushes.search.query.shaping import all_of, any_of
from rushes.search.query.tree import Field, Node, Range
from rushes.search.quickwit.answers import SearchAnswer
from rushes.search.quickwit.client import SEARCH_SECONDS, QuickwitClient
from rushes.search.quickwit.errors import QuickwitUnavailableError
from rushes.search.request import FACET_VALUES, Sort
from rushes.search.snapshot import Snapshot
from rushes.search.sync.limits import READER_SECONDS

_SEARCH_FIELDS: Final = ("text",)
"""Nothing is asked without its field; without this a field that one index lacks is an error."""
_COUNTED_VALUES: Final = 4 * FACET_VALUES
"""More than are shown, so that those of one count come in a known order."""
_OLDEST_FIRST: Final = "-timeline,-rev"
_NEWEST_FIRST: Final = "timeline,rev"
_BEST_FIRST: Final = "_score,-timeline"


class QuickwitSearchRepository:
    """Asks the indexes that answer for some libraries. Every call raises the client's errors."""

    def __init__(self, client: QuickwitClient) -> None:
        self._client = client

    def find(self, question: Question, snapshot: Snapshot, libraries: Iterable[str]) -> Found:
        """One page, with exact totals and facets; each of `libraries`, at least one, has an index.

        QuickwitUnavailableError also where it took so long that what the snapshot rests on may
        have been purged.
        """
        indexes = _by_index(snapshot, libraries)
        answer = self._client.search(
            sorted(indexes),
            query=_query(question.node, snapshot, indexes),
            query_end=snapshot.excluded.query_end,
            search_fields=_SEARCH_FIELDS,
            max_hits=question.limit,
            start_offset=question.offset,
            sort_by=_sort(question),
            aggs={facet: _counting(facet) for facet in question.facets} or None,
            timeout_seconds=min(SEARCH_SECONDS, _seconds_left(snapshot)),
        )
        _seconds_left(snapshot)
        return _found(answer, question)


def _found(answer: SearchAnswer, question: Question) -> Found:
    try:
        return Found(
            total=answer.num_hits,
            scenes=[FoundScene.of(hit, hit["rev"]) for hit in answer.hits],
            facets={
                facet: _counts(answer.aggregations.get(facet, {})) for facet in question.facets
            },
        )
    except (KeyError, TypeError, AttributeError) as error:
        message = "The search engine answered what is no answer."
        raise QuickwitUnavailableError(message, was_sent=True) from error


def _by_index(snapshot: Snapshot, libraries: Iterable[str]) -> dict[str, list[str]]:
    """Index -> the libraries that it answers for."""
    found: dict[str, list[str]] = defaultdict(list)
    for library in libraries:
        index = snapshot.indexes[library]
        assert index is not None, "only libraries with an index are asked for here"
        found[index].append(library)
    return found


def _query(node: Node, snapshot: Snapshot, indexes: Mapping[str, Sequence[str]]) -> str:
    """What the person wants, of what counts; to go on with what is excluded."""
    counting = [*_answering(snapshot, indexes), Range("rev", 1, snapshot.max_rev)]
    return f"+{to_quickwit(all_of([node]))} +{to_quickwit(all_of(counting))}"


def _answering(snapshot: Snapshot, indexes: Mapping[str, Sequence[str]]) -> Iterator[Node]:
    """Each index for its own libraries.

    What needs no asking is not asked: an index has its own generation only, and where it answers
    for all libraries that there are, nothing live in it is of another.
    """
    pairs = [
        (Field("generation", (index,)), Field("library_slug", tuple(sorted(libraries))))
        for index, libraries in sorted(indexes.items())
    ]
    if len(pairs) > 1:
        yield any_of(all_of(pair) for pair in pairs)
    elif set(snapshot.indexes) != set(*indexes.values()):
        yield pairs[0][1]


def _sort(question: Question) -> str:
    """In Quickwit a name alone descends, one with a minus ascends."""
    if question.sort is Sort.NEWEST:
        return _NEWEST_FIRST
    return _OLDEST_FIRST if question.sort is Sort.OLDEST or question.in_time else _BEST_FIRST


def _counting(facet: str) -> dict[str, AnyValue]:
    field = FIELD_OF_FACET[facet]
    return {"terms": {"field": field, "size": _COUNTED_VALUES}}


def _counts(aggregation: Mapping[str, AnyValue]) -> Counts:
    buckets = aggregation.get("buckets") or ()
    return most_first(
        (str(each.get("key_as_string", each["key"])), int(each["doc_count"])) for each in buckets
    )


def _seconds_left(snapshot: Snapshot) -> float:
    left = READER_SECONDS - (time.monotonic() - snapshot.taken_at)
    if left <= 0:
        raise QuickwitUnavailableError("The search engine answered too late.", was_sent=True)
    return left
