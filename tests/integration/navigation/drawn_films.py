"""Films with drawn runs, written in a few statements, and what answers for them by plain Python."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert, select

from rushes.artifacts.projections import project_runs
from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ModelProfile
from rushes.db.tables import artifacts, asset, libraries, runs
from rushes.navigation.kinds import KIND_TABLES, Kind
from rushes.navigation.wanted import Wanted
from tests.integration.artifacts.artifact_making import ocr_payload, scene_payload, segment_payload

LABELS = ("cat", "dog")
TEXTS = ("a dog barks", "two cats", "nothing said")
"""Of which "dogs" finds the first, by its stem."""
DRAWN_KINDS = (Kind.SCENE, Kind.OBJECT, Kind.TRANSCRIPT, Kind.OCR)
_NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
_TYPES = {kind: each.artifact_type for kind, each in KIND_TABLES.items()}
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Span:
    """One artifact to be."""

    start: int
    end: int
    value: str = ""
    confidence: float = 0.5


@dataclass(slots=True)
class Run:
    """One run, and its artifacts' ids once written; later ones in a film finish later."""

    kind: Kind
    spans: list[Span]
    profile: ModelProfile = ModelProfile.BALANCED
    status: str = "completed"
    version: int = 2
    origin: str = "analysed"
    ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Film:
    """A film of content version 2."""

    runs: list[Run]
    captured: datetime | None = None
    asset_id: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What answers: one artifact."""

    start: int
    end: int
    artifact_id: str
    kind: Kind
    value: str
    confidence: float

    @property
    def place(self) -> tuple[int, str]:
        return self.start, self.artifact_id


def spans_of(kind: Kind) -> st.SearchStrategy[list[Span]]:
    """Few, with equal starts, nested, overlapping, touching, and one at 0 now and then."""
    values = {Kind.OBJECT: LABELS, Kind.PLACE: LABELS, Kind.SCENE: ("",)}.get(kind, TEXTS)
    span = st.builds(
        lambda start, length, value, confidence: Span(start, start + length, value, confidence),
        st.integers(0, 12),
        st.integers(1, 6),
        st.sampled_from(values),
        st.sampled_from([0.25, 0.75]),
    )
    return st.lists(span, max_size=4)


@st.composite
def drawn_runs(draw: st.DrawFn, kinds: Sequence[Kind]) -> Run:
    """A run of one of those kinds, now and then of another; failed, outdated and human ones too."""
    other = draw(st.integers(0, 7)) == 0
    kind = draw(st.sampled_from(DRAWN_KINDS if other else [*kinds]))
    usual = draw(st.integers(0, 3)) > 0
    return Run(
        kind,
        draw(spans_of(kind)),
        draw(st.sampled_from([ModelProfile.FAST, ModelProfile.BALANCED])),
        "completed" if usual else draw(st.sampled_from(["running", "failed", "completed"])),
        2 if usual else draw(st.sampled_from([1, 2])),
        draw(st.sampled_from(["analysed", "analysed", "human"])),
    )


def write(engine: Engine, films: Sequence[Film]) -> None:
    """All films in one transaction."""
    with engine.begin() as connection:
        if connection.execute(select(libraries)).first() is None:
            connection.execute(insert(libraries).values(slug="films", root="/films"))
        for film in films:
            _write_film(connection, film)


def _write_film(connection: Connection, film: Film) -> None:
    number = next(_numbers)
    film.asset_id = f"film{number:05}"
    connection.execute(
        insert(asset).values(
            asset_id=film.asset_id, library_slug="films", path=f"{film.asset_id}.mp4",
            content_hash=f"hash{number}", content_version=2, size_bytes=1, mtime_ns=1,
            capture_time=film.captured,
        )
    )  # fmt: skip
    if not film.runs:
        return
    ids = [f"run{next(_numbers):06}" for _ in film.runs]
    connection.execute(
        insert(runs),
        [_run_row(film, run, index, ids[index]) for index, run in enumerate(film.runs)],
    )
    rows = [
        row for run, run_id in zip(film.runs, ids, strict=True) for row in _rows(film, run, run_id)
    ]
    if rows:
        connection.execute(insert(artifacts), rows)
        project_runs(connection, ids)


def _run_row(film: Film, run: Run, index: int, run_id: str) -> dict[str, Any]:
    return {
        "run_id": run_id, "asset_id": film.asset_id, "content_version": run.version,
        "stage": STAGE_OF_TYPE[_TYPES[run.kind]], "model_profile": _profile(run),
        "config_hash": "c", "input_hash": "i", "origin": run.origin, "producer": "test",
        "producer_version": "1", "status": run.status, "worker_key": 0,
        "finished_at": _NOON + timedelta(minutes=index),
    }  # fmt: skip


def _rows(film: Film, run: Run, run_id: str) -> Iterator[dict[str, Any]]:
    for span in run.spans:
        # Ids whose order is not that of writing.
        run.ids.append(_scattered(next(_numbers)))
        yield {
            "artifact_id": run.ids[-1], "asset_id": film.asset_id,
            "artifact_type": _TYPES[run.kind],
            "schema_version": 1, "span_start_ms": span.start, "span_end_ms": span.end,
            "payload": _payload(run.kind, span), "producer": "test", "producer_version": "1",
            "model_profile": _profile(run), "config_hash": "c", "input_hash": "i",
            "run_id": run_id,
        }  # fmt: skip


def _scattered(number: int) -> str:
    return f"{number * 2654435761 % 2**32:08x}"


def _profile(run: Run) -> ModelProfile:
    return ModelProfile.NONE if run.origin == "human" else run.profile


def _payload(kind: Kind, span: Span) -> dict[str, Any]:
    if kind is Kind.SCENE:
        return scene_payload()
    if kind in (Kind.OBJECT, Kind.PLACE):
        return {"label": span.value, "confidence": span.confidence}
    made = segment_payload(span.value) if kind is Kind.TRANSCRIPT else ocr_payload(span.value)
    return {**made, "confidence": span.confidence}


def answering(film: Film, wanted: Iterable[Wanted], selection: Selection | None) -> list[Row]:
    """The rows that answer, in the one order."""
    found = [row for each in wanted for row in _answering(film, each, selection)]
    return sorted(found, key=lambda row: row.place)


def _answering(film: Film, wanted: Wanted, selection: Selection | None) -> Iterator[Row]:
    done = [
        run
        for run in film.runs
        if run.kind is wanted.kind and run.status == "completed" and run.version == 2
    ]
    machine = [run for run in done if run.origin != "human"]
    if selection is not None and selection.mode is SelectionMode.PROFILE:
        machine = [run for run in machine if run.profile is selection.preferred_profile]
    human = [run for run in done if run.origin == "human"]
    for run in [*machine[-1:], *human]:
        newer = human[human.index(run) + 1 :] if run in human else human
        for artifact_id, span in zip(run.ids, run.spans, strict=True):
            if not any(_replaces(other, span) for each in newer for other in each.spans):
                value = "0" if run.kind is Kind.SCENE else span.value
                row = Row(span.start, span.end, artifact_id, run.kind, value, span.confidence)
                if _is_wanted(row, wanted):
                    yield row


def _replaces(new: Span, old: Span) -> bool:
    common = min(new.end, old.end) - max(new.start, old.start)
    return 2 * common > min(new.end - new.start, old.end - old.start)


def _is_wanted(row: Row, wanted: Wanted) -> bool:
    return (
        (wanted.label is None or row.value == wanted.label)
        and (wanted.text is None or wanted.text.removesuffix("s") in row.value)
        and (wanted.min_confidence is None or row.confidence >= wanted.min_confidence)
    )


@dataclass(frozen=True, slots=True)
class Joined:
    """One appearance, or one row alone."""

    start: int
    end: int
    ids: tuple[str, ...]
    kind: Kind

    @property
    def place(self) -> tuple[int, str]:
        return self.start, self.ids[0]


def joined(rows: Sequence[Row], wanted: Sequence[Wanted], gap_ms: int | None) -> list[Joined]:
    """The rows as answers: each alone where `gap_ms` is None, and scenes always."""
    by_query = {each.kind for each in wanted if each.text is not None}
    chains: dict[Any, list[list[Row]]] = {}
    for row in rows:
        alone = gap_ms is None or row.kind is Kind.SCENE
        thing = (row.kind, row.artifact_id if alone else "" if row.kind in by_query else row.value)
        of_it = chains.setdefault(thing, [])
        if of_it and row.start - max(each.end for each in of_it[-1]) <= (gap_ms or 0):
            of_it[-1].append(row)
        else:
            of_it.append([row])
    made = [
        Joined(
            chain[0].start,
            max(row.end for row in chain),
            tuple(row.artifact_id for row in chain),
            chain[0].kind,
        )
        for several in chains.values()
        for chain in several
    ]
    return sorted(made, key=lambda each: each.place)
