"""Whether a new index could take over, seen in the ledger and in the engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine

from rushes.db.sql import load_sql
from rushes.search.generations.comparing import Comparison, compare, reading_expression
from rushes.search.generations.index_generations import (
    IndexGeneration,
    IndexGenerationRepository,
)
from rushes.search.generations.lacking import Lacking, lacking
from rushes.search.generations.policies import LibraryModelPolicy, LibraryModelPolicyRepository
from rushes.search.quickwit.client import QuickwitClient

_HERE = Path(__file__).parent
_GENERATIONS: Final = IndexGenerationRepository()
_POLICIES: Final = LibraryModelPolicyRepository()


@dataclass(frozen=True, slots=True)
class LibraryCheck:
    """One library that the index is built for."""

    library: str
    lacking: Lacking | None
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """`in_ledger` and `found`: documents that readers of the index should find, and do find."""

    generation: str
    in_ledger: int
    found: int
    libraries: tuple[LibraryCheck, ...]

    @property
    def faults(self) -> list[str]:
        """What is wrong with what is in the index. More time does not mend it."""
        said = []
        if self.found != self.in_ledger:
            said.append(f"{self.generation} has {self.found} documents of {self.in_ledger}")
        for each in self.libraries:
            if each.comparison.differing:
                asked = ", ".join(each.comparison.differing[:3])
                said.append(f"{self.generation} answers otherwise for {each.library}: {asked}")
        return said

    @property
    def lacking(self) -> list[Lacking]:
        """Films that are not in the index yet, or in an older version."""
        return [each.lacking for each in self.libraries if each.lacking is not None]

    @property
    def is_good(self) -> bool:
        """Whether it could take over now."""
        return not self.faults and not self.lacking


def verify_shadow(engine: Engine, client: QuickwitClient, generation: str) -> VerifyReport:
    """Look whether `generation` holds what it should for every library it is the shadow of.

    Raises GenerationNotFoundError, and the client's errors.
    """
    with engine.connect() as connection:
        made = {each.name: each for each in _GENERATIONS.all(connection)}
        shadow = _GENERATIONS.get(connection, generation)
        policies = [
            each for each in _POLICIES.all(connection) if each.shadow_index_name == generation
        ]
        missing = lacking(connection, [each.library_slug for each in policies])
    in_ledger, found = _documents(engine, client, generation)
    short = {each.library: each for each in missing}
    checks = [
        LibraryCheck(
            each.library_slug,
            short.get(each.library_slug),
            _compare(engine, client, each, made, shadow),
        )
        for each in policies
    ]
    return VerifyReport(generation, in_ledger, found, tuple(checks))


def _documents(engine: Engine, client: QuickwitClient, index: str) -> tuple[int, int]:
    """By the ledger, and by a reader at the same moment of the ledger."""
    with engine.connect() as connection:
        row = _reading_state(connection, index)
    answer = client.search(
        [index],
        query=reading_expression(row.max_rev, row.excluded),
        search_fields=["doc_id"],
        max_hits=0,
    )
    return int(row.documents), answer.num_hits


def _reading_state(connection: Connection, index: str) -> Any:
    return connection.execute(load_sql(_HERE, "reading_state"), {"index_name": index}).one()


def _compare(
    engine: Engine,
    client: QuickwitClient,
    policy: LibraryModelPolicy,
    made: dict[str, IndexGeneration],
    shadow: IndexGeneration,
) -> Comparison:
    if policy.active_index_name is None:
        return Comparison(0, 0, ())
    active = made[policy.active_index_name]
    fields = [name for name in _field_names(active) if name in _field_names(shadow)]
    return compare(engine, client, policy.library_slug, active.name, shadow.name, fields)


def _field_names(generation: IndexGeneration) -> list[str]:
    return [each["name"] for each in generation.config["doc_mapping"]["field_mappings"]]
