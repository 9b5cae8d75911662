"""Asking two indexes the same, to see that they answer alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from rushes.db.sql import load_sql
from rushes.search.documents import SearchDocument, build_documents
from rushes.search.query.serialising import quoted
from rushes.search.quickwit.client import QuickwitClient

_HERE = Path(__file__).parent
_SAMPLED_FILMS: Final = 20
_GOLDEN_QUERIES: Final = 24
_COMPARED_HITS: Final = 1_000
_ASKED_FIELDS: Final = ("text", "objects", "places")


@dataclass(frozen=True, slots=True)
class Sample:
    """Films of a library that two indexes hold in one version, at one moment of the ledger."""

    library: str
    active: str
    shadow: str
    films: tuple[str, ...]
    max_rev: int
    excluded: tuple[int, ...]

    @property
    def reading(self) -> str:
        """The query for what readers find of these films."""
        films = " ".join(map(quoted, self.films))
        return (
            f"+{reading_expression(self.max_rev, self.excluded)}"
            f" +library_slug:{quoted(self.library)} +asset_id:IN [{films}]"
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """`differing`: the queries that were answered otherwise, and `documents` for the documents."""

    films: int
    queries: int
    differing: tuple[str, ...]


def reading_expression(max_rev: int, excluded: Sequence[int]) -> str:
    """What counts of an index: revs up to the greatest, without those that are not live."""
    without = f" -rev:IN [{' '.join(map(str, excluded))}]" if excluded else ""
    return f"(+rev:[1 TO {max_rev}]{without})"


def compare(
    engine: Engine,
    client: QuickwitClient,
    library: str,
    active: str,
    shadow: str,
    fields: Sequence[str],
) -> Comparison:
    """Documents and answers of a sample of films in both indexes, through the readers' expression.

    `fields`: the fields that both indexes have. Raises the client's errors.
    """
    with engine.connect() as connection:
        values = {"library": library, "films": _SAMPLED_FILMS}
        row = connection.execute(load_sql(_HERE, "sample"), values).one()
        sample = Sample(library, active, shadow, tuple(row.films), row.max_rev, tuple(row.excluded))
        made = build_documents(connection, sample.films) if sample.films else {}
    if not sample.films:
        return Comparison(0, 0, ())
    documents = [each for of_film in made.values() for each in of_film]
    queries = _golden_queries(documents, [each for each in _ASKED_FIELDS if each in fields])
    differing = [query for query in queries if not _answers_alike(client, sample, query)]
    if not _answers_alike(client, sample, None):
        differing.append("documents")
    return Comparison(len(sample.films), len(queries), tuple(differing))


def _golden_queries(documents: Sequence[SearchDocument], fields: Sequence[str]) -> list[str]:
    """Words and labels of the documents themselves, spread over them, each once."""
    found: dict[str, None] = {}
    for name in fields:
        share = _GOLDEN_QUERIES * (fields.index(name) + 1) // len(fields)
        for literal in _literals(documents, name):
            if len(found) >= share:
                break
            found[f"{name}:{quoted(literal)}"] = None
    return list(found)


def _literals(documents: Sequence[SearchDocument], name: str) -> Iterator[str]:
    for document in documents:
        values = document.fields.get(name) or []
        yield from (max(each.split(), key=len) if name == "text" else each for each in values)


def _answers_alike(client: QuickwitClient, sample: Sample, query: str | None) -> bool:
    return _answer(client, sample.active, sample, query) == _answer(
        client, sample.shadow, sample, query
    )


def _answer(
    client: QuickwitClient, index: str, sample: Sample, query: str | None
) -> tuple[int, list[str]]:
    """The number of hits, and the hits themselves where they fit an answer.

    Of what is stored only what says which scene it is: the rest may be another template's.
    """
    answer = client.search(
        [index],
        query=sample.reading + (f" +{query}" if query else ""),
        search_fields=["doc_id"],
        max_hits=_COMPARED_HITS,
    )
    if answer.num_hits > _COMPARED_HITS:
        return answer.num_hits, []
    named = ("doc_id", "start_ms", "end_ms")
    return answer.num_hits, sorted(str([hit.get(name) for name in named]) for hit in answer.hits)
