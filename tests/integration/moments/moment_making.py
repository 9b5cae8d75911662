"""Small films with many things at once, and what their moments are by the definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from rushes.artifacts.hashing import artifact_id
from rushes.artifacts.projections import project_runs
from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType
from rushes.db.people_tables import face_assignments, people
from rushes.db.tables import artifacts, asset, libraries, runs
from tests.integration.artifacts.artifact_making import (
    object_payload,
    ocr_payload,
    place_payload,
    scene_payload,
    segment_payload,
)

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
TYPES = {
    "object": ArtifactType.OBJECT_DETECTION,
    "person": ArtifactType.FACE_DETECTION,
    "place": ArtifactType.PLACE_CLASSIFICATION,
    "said": ArtifactType.TRANSCRIPT_SEGMENT,
    "written": ArtifactType.OCR_TEXT,
    "scene": ArtifactType.SCENE,
}
KINDS = {"said": "transcript", "written": "ocr"}
NEWEST, OLDER, BY_HAND = "balanced", "fast", "none"
"""The runs of a stage, by their profile."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What was found in `[start, end)` ms, by which of the runs."""

    what: str
    value: str
    start: int
    end: int
    run: str = NEWEST
    confidence: float = 0.9


@dataclass(slots=True)
class Film:
    """A film and what is in it; `day` None: undated."""

    name: str
    things: Sequence[Thing]
    day: int | None = 0
    library: str = "films"
    ids: dict[int, str] = field(default_factory=dict)
    """artifact_id of each thing, by its place."""

    @property
    def captured_at(self) -> datetime | None:
        return None if self.day is None else NOON + timedelta(days=self.day)

    @property
    def order(self) -> tuple[float, str]:
        return (float("inf") if self.day is None else self.day, self.name)

    def answering(self, run: str = NEWEST) -> dict[int, Thing]:
        """Those of the run and the corrections; none that a correction stands in for.

        Where a stage has no newest run, its older one is the newest.
        """
        has_newest = {each.what for each in self.things if each.run == NEWEST}
        by_hand = [each for each in self.things if each.run == BY_HAND]
        return {
            at: each
            for at, each in enumerate(self.things)
            if each.run == BY_HAND
            or (
                each.run == (run if each.what in has_newest else OLDER)
                and not any(_replaces(new, each) for new in by_hand)
            )
        }


def _replaces(new: Thing, old: Thing) -> bool:
    shared = min(new.end, old.end) - max(new.start, old.start)
    shorter = min(new.end - new.start, old.end - old.start)
    return new.what == old.what and 2 * shared > shorter


def write(connection: Connection, films: Sequence[Film], names: Sequence[str] = ()) -> None:
    """Films with completed runs; `names`: the people that each library has, with their names."""
    slugs = sorted({each.library for each in films})
    connection.execute(insert(libraries), [{"slug": slug, "root": f"/{slug}"} for slug in slugs])
    if names:
        connection.execute(insert(people), [_person(s, n) for s in slugs for n in names])
    connection.execute(insert(asset), [_asset(each) for each in films])
    made = [run for each in films for run in _runs(each)]
    if not made:
        return
    connection.execute(insert(runs), made)
    rows = [row for each in films for row in _artifacts(each)]
    if rows:
        connection.execute(insert(artifacts), rows)
    if faces := [face for each in films for face in _faces(each)]:
        connection.execute(insert(face_assignments), faces)
    project_runs(connection, [each["run_id"] for each in made])


def cluster_id(library: str, name: str) -> str:
    return f"{library}-{name}".lower()


def _person(library: str, name: str) -> dict[str, Any]:
    own = cluster_id(library, name)
    return {"cluster_id": own, "effective_id": own, "library_slug": library, "name": name}


def _asset(film: Film) -> dict[str, Any]:
    return {
        "asset_id": film.name, "library_slug": film.library, "path": f"{film.name}.mp4",
        "content_hash": f"hash-{film.name}", "size_bytes": 1, "mtime_ns": 1,
        "capture_time": film.captured_at,
    }  # fmt: skip


def run_id(film: Film, thing: Thing) -> str:
    return f"{film.name}-{thing.what}-{thing.run}"


def _runs(film: Film) -> list[dict[str, Any]]:
    made = {run_id(film, each): each for each in film.things}
    ages = {OLDER: 2, NEWEST: 1, BY_HAND: 0}
    return [
        {
            "run_id": key, "asset_id": film.name, "content_version": 1,
            "stage": STAGE_OF_TYPE[TYPES[each.what]], "model_profile": each.run,
            "origin": "human" if each.run == BY_HAND else "analysed",
            "config_hash": "c", "input_hash": "i", "producer": "model", "producer_version": "1",
            "status": "completed", "worker_key": 0,
            "finished_at": NOON - timedelta(days=ages[each.run]),
        }
        for key, each in made.items()
    ]  # fmt: skip


def _artifacts(film: Film) -> list[dict[str, Any]]:
    rows = []
    for at, each in enumerate(film.things):
        key = film.ids[at] = artifact_id(run_id(film, each), TYPES[each.what], at)
        rows.append(
            {
                "artifact_id": key, "asset_id": film.name, "artifact_type": TYPES[each.what],
                "schema_version": 1, "span_start_ms": each.start, "span_end_ms": each.end,
                "payload": _payload(each), "producer": "model", "producer_version": "1",
                "model_profile": each.run, "config_hash": "c", "input_hash": "i",
                "run_id": run_id(film, each), "created_at": NOON,
            }
        )  # fmt: skip
    return rows


def _payload(thing: Thing) -> dict[str, Any]:
    made = {
        "object": object_payload, "place": place_payload, "scene": scene_payload,
    }.get(thing.what)  # fmt: skip
    if made is not None:
        own = {} if thing.what == "scene" else {"label": thing.value}
        return {**made(), **own, "confidence": thing.confidence}
    if thing.what == "person":
        return {"confidence": thing.confidence}
    text = segment_payload if thing.what == "said" else ocr_payload
    return {**text(thing.value), "confidence": thing.confidence}


def _faces(film: Film) -> list[dict[str, Any]]:
    return [
        {
            "artifact_id": film.ids[at], "asset_id": film.name, "run_id": run_id(film, each),
            "cluster_id": cluster_id(film.library, each.value), "confidence": each.confidence,
        }
        for at, each in enumerate(film.things)
        if each.what == "person"
    ]  # fmt: skip
