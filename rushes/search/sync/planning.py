"""What is to be done for films in the indexes, seen from the source at that moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from rushes.errors import RushesError
from rushes.search.documents import (
    MAX_DOCUMENT_BYTES,
    SearchDocument,
    build_documents,
    content_hash,
)
from rushes.search.sync import ledger
from rushes.search.sync.failures import Failure
from rushes.search.sync.ledger import Entry, Publication


class DocumentOverlongError(RushesError):
    """A scene has more text than a search document may hold."""

    code = "search_document_too_large"
    http_status = 422


@dataclass(slots=True)
class Plan:
    """Per (index, film) one of: to be published, to be retired, unchanged, or failed."""

    documents: dict[str, list[SearchDocument]] = field(default_factory=dict)
    publications: list[Publication] = field(default_factory=list)
    gone: list[tuple[str, str]] = field(default_factory=list)
    unchanged: list[tuple[str, str]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def document_count(self) -> int:
        """How many documents are to be published."""
        return sum(each.doc_count for each in self.publications)

    def add(self, other: Plan) -> None:
        """Take in the plan of other films."""
        self.documents.update(other.documents)
        self.publications += other.publications
        self.gone += other.gone
        self.unchanged += other.unchanged
        self.failures += other.failures

    @property
    def retired_at_once(self) -> list[tuple[str, str]]:
        """What is gone of films that nothing is published of."""
        published = {each.asset_id for each in self.publications}
        published |= {each.asset_id for each in self.failures}
        return [key for key in self.gone if key[1] not in published]

    def keep(self, asset_ids: Collection[str]) -> None:
        """Forget all other films."""
        self.publications = [each for each in self.publications if each.asset_id in asset_ids]
        self.gone = [key for key in self.gone if key[1] in asset_ids]
        self.unchanged = [key for key in self.unchanged if key[1] in asset_ids]
        self.failures = [each for each in self.failures if each.asset_id in asset_ids]


def make_plan(engine: Engine, asset_ids: Sequence[str]) -> Plan:
    """Read films, their indexes and what those hold in one snapshot.

    A film whose documents cannot be made is a failure of its own: where many cannot be read, each
    half is read without the other.
    """
    plan = Plan()
    try:
        with _snapshot(engine) as connection:
            targets = ledger.targets(connection, asset_ids)
            entries = ledger.entries(connection, asset_ids)
            documents = build_documents(connection, list(targets))
    except (DBAPIError, ValueError, RushesError) as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise
        if len(asset_ids) == 1:
            plan.failures = _unreadable(engine, asset_ids[0], error)
            return plan
        half = len(asset_ids) // 2
        plan.add(make_plan(engine, asset_ids[:half]))
        plan.add(make_plan(engine, asset_ids[half:]))
        return plan
    held = {(each.index_name, each.asset_id): each for each in entries}
    plan.gone = [key for key in held if key[0] not in targets.get(key[1], ())]
    for asset_id, indexes in targets.items():
        _plan_film(plan, asset_id, indexes, documents.get(asset_id, []), held)
    return plan


def _snapshot(engine: Engine) -> Connection:
    return engine.connect().execution_options(isolation_level="REPEATABLE READ")


def _plan_film(
    plan: Plan,
    asset_id: str,
    indexes: Sequence[str],
    documents: list[SearchDocument],
    held: Mapping[tuple[str, str], Entry],
) -> None:
    overlong = next(filter(_is_overlong, documents), None)
    if overlong is not None:
        error = _overlong(overlong)
        plan.failures += [Failure.of(index, asset_id, error) for index in indexes]
        return
    plan.documents[asset_id] = documents
    digest = content_hash(documents)
    for index in indexes:
        entry = held.get((index, asset_id))
        if entry and entry.live_rev is not None and entry.content_hash == digest:
            plan.unchanged.append((index, asset_id))
        else:
            plan.publications.append(Publication(index, asset_id, len(documents), digest))


def _unreadable(engine: Engine, asset_id: str, error: Exception) -> list[Failure]:
    with engine.connect() as connection:
        indexes = ledger.targets(connection, [asset_id]).get(asset_id, [])
    return [Failure.of(index, asset_id, error) for index in indexes]


def _is_overlong(document: SearchDocument) -> bool:
    return len(document.json) > MAX_DOCUMENT_BYTES


def _overlong(document: SearchDocument) -> DocumentOverlongError:
    place = f"scene {document.scene_id}" if document.scene_id else "the film without its scenes"
    return DocumentOverlongError(
        f"{place} of {document.asset_id} has more than {MAX_DOCUMENT_BYTES} bytes of text",
        remedy="correct or delete what was found there, then: rushes search-index retry-dead",
    )
