"""From a request to what the engines are asked: checked, parsed, and with what names mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from rushes.errors import InvalidRequestError, NotFoundError
from rushes.library.repository import get_library
from rushes.search.found import Question
from rushes.search.query.filters import filter_node
from rushes.search.query.lexemes import WordLexemes
from rushes.search.query.limits import checked_text
from rushes.search.query.parsing import Query, parse
from rushes.search.query.shaping import positive_leaves
from rushes.search.query.tree import Node, Scope
from rushes.search.request import (
    FACETS,
    MAX_DEPTH,
    MAX_LIMIT,
    Filters,
    Matched,
    SearchRequest,
)
from rushes.search.snapshot import Snapshot, SnapshotReader
from rushes.search.words import tokens


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it is understood. `questions` are tried in turn, until one finds something.

    `filters`: with the ids of people in place of their names.
    """

    request: SearchRequest
    text: str
    snapshot: Snapshot
    filters: Filters
    libraries: tuple[str, ...]
    questions: tuple[tuple[Matched, Question], ...]

    @property
    def has_indexes(self) -> bool:
        """Whether there are libraries, and each has an index that answers for it."""
        return bool(self.libraries) and all(self.snapshot.indexes[each] for each in self.libraries)


def checked(request: SearchRequest) -> None:
    """InvalidRequestError for a page out of bounds or a facet that there is not."""
    limit, offset = request.limit, request.offset
    if not 1 <= limit <= MAX_LIMIT or offset < 0 or offset + limit > MAX_DEPTH:
        raise InvalidRequestError(
            f"limit {limit} and offset {offset} are out of bounds",
            code="page_out_of_bounds",
            remedy=f"limit 1 to {MAX_LIMIT}, offset and limit together at most {MAX_DEPTH}",
        )
    if unknown := [each for each in request.facets if each not in FACETS]:
        raise InvalidRequestError(
            f"there is no facet {unknown[0]!r}", remedy=f"use {', '.join(FACETS)}"
        )


def ask(
    connection: Connection,
    request: SearchRequest,
    reader: SnapshotReader,
    *,
    in_full: bool = False,
) -> Asked:
    """Reads what the request rests on, in one statement. Raises what `SearchService.search` does.

    `in_full`: for Postgres, which answers from what there is now.
    """
    filters = _without_oddities(request.filters)
    text = checked_text(request.text)
    named = tokens(text)

    def read(words: Sequence[str]) -> Snapshot:
        return reader.read(connection, filters, words, named=named, in_full=in_full)

    query, snapshot = _parsed(text, request.scope, read)
    _check_names(connection, filters, snapshot)
    allowed = filter_node(filters, snapshot.people)
    meant = {id_ for each in filters.people for id_ in (each, *snapshot.people.get(each, ()))}
    strengths: list[tuple[Matched, Node | None]] = [(Matched.WORDS, query.node)]
    if request.loosen:
        strengths += [(Matched.LETTERS, query.letters), (Matched.ANY_WORD, query.any_word)]
    return Asked(
        request=request,
        text=text,
        snapshot=snapshot,
        filters=replace(filters, people=tuple(sorted(meant))),
        libraries=tuple(dict.fromkeys(filters.libraries)) or tuple(sorted(snapshot.indexes)),
        questions=tuple(_questions(request, allowed, strengths)),
    )


def _parsed(
    text: str, scope: Scope, read: Callable[[Sequence[str]], Snapshot]
) -> tuple[Query, Snapshot]:
    """The snapshot is read where the words are known, together with what they mean."""
    found: list[Snapshot] = []

    def lexemes_of(words: Sequence[str]) -> Mapping[str, WordLexemes]:
        found.append(read(words))
        return found[0].lexemes

    query = parse(text, scope, lexemes_of)
    return query, found[0] if found else read(())


def _questions(
    request: SearchRequest, allowed: Node, strengths: Sequence[tuple[Matched, Node | None]]
) -> Iterator[tuple[Matched, Question]]:
    for matched, wanted in strengths:
        if wanted is not None:
            yield (
                matched,
                Question(
                    wanted=wanted,
                    allowed=allowed,
                    sort=request.sort,
                    limit=request.limit,
                    offset=request.offset,
                    facets=tuple(dict.fromkeys(request.facets)),
                    in_time=next(positive_leaves(wanted), None) is None,
                ),
            )


def _check_names(connection: Connection, filters: Filters, snapshot: Snapshot) -> None:
    for library in filters.libraries:
        if library not in snapshot.indexes:
            get_library(connection, library)  # says which there are
    for asset_id in filters.asset_ids:
        if asset_id not in snapshot.asset_ids:
            raise NotFoundError(
                f"there is no video {asset_id!r}",
                code="video_not_found",
                remedy="give an asset id, a path or a file name of an indexed film",
            )


def _without_oddities(filters: Filters) -> Filters:
    """What Postgres cannot hold is no value of anybody; it stays one that nothing has."""
    return replace(
        filters,
        libraries=_clean(filters.libraries),
        asset_ids=_clean(filters.asset_ids),
        languages=tuple(map(str.lower, _clean(filters.languages))),
        objects=_clean(filters.objects),
        places=_clean(filters.places),
        people=_clean(filters.people),
        profiles=_clean(filters.profiles),
        producers=_clean(filters.producers),
    )


def _clean(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        each.replace("\0", "\ufffd").encode("utf-8", "replace").decode() for each in values
    )
