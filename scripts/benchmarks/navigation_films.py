"""Films as a library has them, made from a fixed seed: who is in them, what is said and shown.

A film of the full size has about a thousand artifacts; a smaller one is a shorter film.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from rushes.artifacts.hashing import artifact_id
from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType
from scripts.benchmarks.navigation_payloads import Found, Payloads

SEED = 7
LIBRARIES = ("films", "other")
PEOPLE = 200
"""Of each library; one in five has a name. The first is in most films, the second in three."""
MADE = datetime(2025, 1, 1, tzinfo=UTC)
CORRECTIONS = 10
TYPES = tuple(each for each in ArtifactType if "embedding" not in each)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is made."""

    artifacts: int = 1_000_000
    films: int = 1_000

    @property
    def scale(self) -> float:
        """Of a film, as a part of one with a thousand artifacts; older runs take their part."""
        return self.artifacts / self.films / 1_100


@dataclass(frozen=True, slots=True)
class Role:
    """What is special about the film of that number."""

    number: int
    films: int

    @property
    def asset_id(self) -> str:
        return f"film-{self.number:06d}"

    @property
    def library(self) -> str:
        return LIBRARIES[self.number % 10 == 8]

    @property
    def is_rare(self) -> bool:
        """Three films alone have a zebra, the rare words, and the rare person."""
        return self.number in {2, self.films // 2, self.films - 1}

    @property
    def has_dog(self) -> bool:
        return self.number % 10 == 1

    @property
    def has_people(self) -> bool:
        return self.number % 25 != 11

    @property
    def has_older_runs(self) -> bool:
        return self.number % 10 == 3

    @property
    def answers_by_older(self) -> bool:
        """Its stored policy chooses the profile of the older run."""
        return self.number % 50 == 13

    @property
    def is_corrected(self) -> bool:
        return self.number % 100 == 5

    @property
    def is_imported(self) -> bool:
        """Its transcript came as subtitles."""
        return self.number % 20 == 7

    @property
    def captured_at(self) -> datetime | None:
        if self.number % 10 == 9:
            return None
        # Several films of one day have one time, as photographs of a card do.
        return MADE + timedelta(days=self.number // 3 * 7 % 1000)

    @property
    def language(self) -> str:
        return {4: "de", 6: "und"}.get(self.number % 10, "en")


@dataclass(slots=True)
class FilmRows:
    """The rows of one film, in the order of the tables' columns named beside them."""

    role: Role
    duration_ms: int
    runs: list[dict[str, Any]] = field(default_factory=list)
    artifacts: list[tuple[Any, ...]] = field(default_factory=list)
    """As the table `artifacts`; the payload is JSON text."""
    assignments: list[tuple[Any, ...]] = field(default_factory=list)
    """artifact_id, asset_id, run_id, cluster_id, confidence."""


def cluster_id(library: str, number: int) -> str:
    """The person of that number in a library."""
    return f"person-{library}-{number:03d}"


def person_name(number: int) -> str | None:
    """One in five has one."""
    return f"Name {number}" if number % 5 == 0 or number < 2 else None


def films(size: Size) -> Iterator[FilmRows]:
    """Every film, by number."""
    payloads = Payloads(size.scale)
    for number in range(size.films):
        yield film(Role(number, size.films), payloads)


def film(role: Role, payloads: Payloads) -> FilmRows:
    """One film; the same whenever it is made."""
    chance = random.Random(f"{SEED}/{role.number}")
    rows = FilmRows(role, payloads.duration_ms)
    for artifact_type in TYPES:
        imported = role.is_imported and artifact_type is ArtifactType.TRANSCRIPT_SEGMENT
        if role.has_older_runs and not imported:
            older = payloads.of(artifact_type, role, chance)
            _add_run(rows, chance, artifact_type, older, age=2, profile="fast")
        found = payloads.of(artifact_type, role, chance)
        origin = "imported" if imported else "analysed"
        _add_run(rows, chance, artifact_type, found, age=1, origin=origin)
        if role.is_corrected and artifact_type in (
            ArtifactType.OBJECT_DETECTION,
            ArtifactType.TRANSCRIPT_SEGMENT,
        ):
            corrected = chance.sample(found, min(len(found), CORRECTIONS))
            _add_run(rows, chance, artifact_type, corrected, age=0, origin="human")
    return rows


def _add_run(
    rows: FilmRows,
    chance: random.Random,
    artifact_type: ArtifactType,
    found: list[Found],
    *,
    age: int,
    origin: str = "analysed",
    profile: str = "balanced",
) -> None:
    """One run and what it found. `age` in days, 0 for the newest."""
    stage, asset_id = STAGE_OF_TYPE[artifact_type], rows.role.asset_id
    run_id = f"r{chance.getrandbits(96):024x}"
    finished = MADE - timedelta(days=age)
    if origin != "analysed" or stage in ("source_video", "scenes"):
        profile = "none" if age < 2 else profile
    made = {
        "producer": "human" if origin == "human" else f"{stage}-model",
        "producer_version": "1",
        "model_profile": profile,
        "config_hash": f"{stage}-{profile}".ljust(64, "0"),
        "input_hash": asset_id.ljust(64, "0"),
    }
    rows.runs.append(
        {
            "run_id": run_id, "asset_id": asset_id, "content_version": 1, "stage": stage,
            "origin": origin, "worker_key": 0, "status": "completed", "started_at": finished,
            "finished_at": finished, **made,
        }
    )  # fmt: skip
    for ordinal, each in enumerate(found):
        key = artifact_id(run_id, artifact_type, ordinal)
        payload = json.dumps(each.payload, separators=(",", ":"))
        rows.artifacts.append(
            (
                key, asset_id, artifact_type.value, 1, each.start_ms, each.end_ms, payload,
                *made.values(), run_id, finished,
            )
        )  # fmt: skip
        if each.person is not None:
            person = cluster_id(rows.role.library, each.person)
            rows.assignments.append((key, asset_id, run_id, person, 0.5 + chance.random() / 2))
