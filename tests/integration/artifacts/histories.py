"""Made-up histories of one film's transcript, and in plain Python what answers after each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from artifact_making import FILM, envelope, segment_payload
from hypothesis import strategies as st
from settling import settle
from sqlalchemy import Connection, insert, update

from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import ModelProfile
from rushes.db.tables import asset, runs

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
LAST_MS = 14
QUALITY = {"high_quality": 3, "balanced": 2, "fast": 1, "none": 0}
SPANS = st.tuples(st.integers(0, LAST_MS - 1), st.integers(1, LAST_MS)).map(
    lambda pair: (pair[0], min(pair[0] + pair[1], LAST_MS))
)
TEXTS = st.sampled_from(
    [
        "a dog",
        "שלום עולם",
        "مرحبا",
        "e\u0301te\u0301",
        "\u202eגב 🎬",
        "%_\\'",
        "\u0001",
        "\uffff",
        " ",
        "犬",
    ]
)
Said = tuple[tuple[int, int], str]


@dataclass(frozen=True)
class MadeRun:
    """One run: what is told of it, and what it holds. `minute` is when it ended."""

    origin: str
    profile: str
    status: str
    version: int
    language: str | None
    minute: int
    said: tuple[Said, ...]

    @property
    def run_id(self) -> str:
        """Its minute is its own, so it may name it."""
        return f"r{self.minute:03}"

    @property
    def by_hand(self) -> bool:
        return self.origin == "human"

    @cached_property
    def held(self) -> list[ArtifactEnvelope]:
        """What it holds, with its own profile."""
        return [
            envelope(
                self.run_id,
                number,
                payload=segment_payload(text),
                span=span,
                model_profile=ModelProfile(self.profile),
            )
            for number, (span, text) in enumerate(self.said)
        ]


def made_run(minute: int) -> st.SearchStrategy[MadeRun]:
    """A run of any kind that ended in that minute."""
    said = st.lists(st.tuples(SPANS, TEXTS), max_size=4).map(tuple)
    status = st.sampled_from(["completed"] * 5 + ["running", "failed"])
    version = st.sampled_from([1, 2, 2, 2])
    machine = st.builds(
        MadeRun,
        st.sampled_from(["analysed", "imported"]),
        st.sampled_from(sorted(QUALITY)),
        status,
        version,
        st.sampled_from([None, None, "en", "de"]),
        st.just(minute),
        said,
    )
    by_hand = st.builds(
        MadeRun,
        st.just("human"),
        st.just("none"),
        status,
        version,
        st.none(),
        st.just(minute),
        said,
    )
    return st.one_of(machine, machine, by_hand)


@dataclass
class History:
    """Runs of a film whose content is in version 2."""

    runs: list[MadeRun]
    version: int = 2
    order: list[int] = field(default_factory=list)
    """In which the runs are written, by their place in `runs`."""

    def write(self, connection: Connection, repository: ArtifactRepository) -> None:
        """Into the film, in the caller's transaction; what answers is settled."""
        connection.execute(update(asset).values(content_version=self.version))
        made = [self.runs[place] for place in self.order]
        if made:
            connection.execute(insert(runs), [_row(each) for each in made])
        repository.batch_create(connection, [each for run in made for each in run.held])
        settle(connection)

    def answering(self, selection: Selection) -> set[str]:
        """The runs that the rule chooses, those of people among them."""
        done = [each for each in self.runs if each.status == "completed"]
        current = [each for each in done if each.version == self.version]
        machine = [each for each in current if not each.by_hand]
        return {each.run_id for each in current if each.by_hand} | set(_chosen(machine, selection))

    def replaced(self) -> set[str]:
        """The artifacts that a correction stands in for."""
        done = [each for each in self.runs if each.status == "completed"]
        gone = set()
        for by in (each for each in done if each.by_hand):
            for other in done:
                older = not other.by_hand or other.minute < by.minute
                if other is not by and older and other.version == by.version:
                    gone |= {
                        old.artifact_id
                        for old in other.held
                        if any(covers(new, old) for new in by.held)
                    }
        return gone

    def standing(self, selection: Selection) -> list[ArtifactEnvelope]:
        """What a reader gets, in order."""
        chosen, replaced = self.answering(selection), self.replaced()
        found = [
            each
            for run in self.runs
            if run.run_id in chosen
            for each in run.held
            if each.artifact_id not in replaced
        ]
        return in_order(found)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Up to six runs, written in any order: what ended first may be written last."""
    count = draw(st.integers(0, 6))
    made = [draw(made_run(minute)) for minute in range(count)]
    return History(made, order=draw(st.permutations(range(count))))


@st.composite
def selections(draw: st.DrawFn, history: History) -> Selection:
    """A choice of any mode, its run one of the history's or none."""
    mode = draw(st.sampled_from(list(SelectionMode)))
    profile = ModelProfile(draw(st.sampled_from(sorted(QUALITY))))
    pinned = draw(st.sampled_from([each.run_id for each in history.runs] or ["nobody"]))
    return Selection(mode, profile, pinned)


def covers(new: ArtifactEnvelope, old: ArtifactEnvelope) -> bool:
    """Whether `new` overlaps `old` by more than half of the shorter one, by counting."""
    news, olds = (set(range(each.span_start_ms, each.span_end_ms)) for each in (new, old))
    return 2 * len(news & olds) > min(len(news), len(olds))


def in_order(found: Sequence[ArtifactEnvelope]) -> list[ArtifactEnvelope]:
    """By (start, artifact_id)."""
    return sorted(found, key=lambda each: (each.span_start_ms, each.artifact_id))


def _chosen(machine: Sequence[MadeRun], selection: Selection) -> list[str]:
    """Best first; the first in all languages ends the walk, and counts only at its very start."""
    mode = selection.mode
    if mode is SelectionMode.PROFILE:
        machine = [each for each in machine if each.profile == selection.preferred_profile]
    if mode is SelectionMode.PINNED:
        machine = [each for each in machine if each.run_id == selection.pinned_run_id]
    best = mode is SelectionMode.BEST_QUALITY
    ranked = sorted(machine, key=lambda each: (-QUALITY[each.profile] * best, -each.minute))
    chosen: dict[str, str] = {}
    for each in ranked:
        if each.language is None:
            return list(chosen.values()) or [each.run_id]
        chosen.setdefault(each.language, each.run_id)
    return list(chosen.values())


def _row(made: MadeRun) -> dict[str, Any]:
    return {
        "run_id": made.run_id,
        "asset_id": FILM,
        "content_version": made.version,
        "stage": "transcript",
        "origin": made.origin,
        "model_profile": made.profile,
        "language": made.language,
        "config_hash": "configuration",
        "input_hash": "input",
        "producer": "faster-whisper",
        "producer_version": "1.2",
        "status": made.status,
        "worker_key": 0,
        "finished_at": NOON + timedelta(minutes=made.minute),
    }
