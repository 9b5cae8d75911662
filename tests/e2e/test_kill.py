"""`kill -9` of everything at any point: the next `index` ends where an undisturbed one does."""

from __future__ import annotations

import json
import random
import secrets
import signal
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rushes.documents import DocumentStatus
from tests.e2e.commands import COMMAND, INDEX, STAGES, NewRushes, Rushes, kill_group
from tests.e2e.films import make_three_films

pytestmark = pytest.mark.fault

KILL_POINTS = (
    "decode:media_pass:3",
    "model:transcript:2",
    "document_written:transcript:1",
    "transaction_open:scenes:2",
    "transaction_open:frame_embeddings:2",
    "committed:transcript:1",
    "event_logged:scenes:2",
    f"event_logged:{STAGES[-1]}:3",  # all is told; only Dagster's own run is still open
)
KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class Undisturbed:
    """A data directory with nothing in it yet, the films, and what one `index` makes of them."""

    prepared: Rushes
    films: Path
    state: dict[str, Any]
    seconds: float


@pytest.fixture(scope="module")
def undisturbed(folder: Path, new_rushes: NewRushes) -> Undisturbed:
    """The reference. Databases are made once and copied: that part has tests of its own."""
    films = folder / "films"
    films.mkdir()
    prepared = new_rushes()
    prepared("index", films)
    make_three_films(films)
    rushes = new_rushes(like=prepared)
    finished, state = rushes.index(films)
    assert len(state["films"]) == 3
    assert {row["status"] for row in state["runs"]} == {"completed"}
    return Undisturbed(prepared, films, state, finished.seconds)


@pytest.mark.parametrize("point", KILL_POINTS)
def test_a_kill_at_a_named_phase_changes_nothing_in_the_end(
    undisturbed: Undisturbed, new_rushes: NewRushes, point: str
) -> None:
    rushes = new_rushes(like=undisturbed.prepared)
    arguments = ("--kill", point, "--", *INDEX, undisturbed.films)
    rushes.run("-m", "tests.e2e.fault_driver", *arguments, exit_code=KILLED)
    rushes.wait_for_the_end_of_servers()
    stood = _standing_documents(rushes)
    _, state = rushes.index(undisturbed.films)
    rushes.wait_for_the_end_of_servers()
    _assert_as_undisturbed(rushes, state, undisturbed.state)
    _assert_kept(stood, rushes)


def test_kills_at_random_times_change_nothing_in_the_end(
    undisturbed: Undisturbed, new_rushes: NewRushes, pytestconfig: pytest.Config
) -> None:
    """One kill after the other, each `index` going on where the last one was ended."""
    seed = pytestconfig.getoption("--fault-seed")
    seed = secrets.randbits(32) if seed is None else seed
    print(f"repeat with --fault-seed {seed}")
    chance = random.Random(seed)
    rushes = new_rushes(like=undisturbed.prepared)
    kills = 0
    while kills < pytestconfig.getoption("--faults"):
        stood = _standing_documents(rushes)
        if _killed_after(rushes, undisturbed, chance.uniform(0.5, undisturbed.seconds)):
            kills += 1
        else:  # all was done before the kill: begin anew
            _, state = rushes.index(undisturbed.films)
            _assert_as_undisturbed(rushes, state, undisturbed.state)
            rushes = new_rushes(like=undisturbed.prepared)
            continue
        _assert_kept(stood, rushes)
        if chance.random() < 0.5:  # else the next one comes while the servers still stop
            rushes.wait_for_the_end_of_servers()
    _, state = rushes.index(undisturbed.films)
    _assert_as_undisturbed(rushes, state, undisturbed.state)


def _killed_after(rushes: Rushes, undisturbed: Undisturbed, seconds: float) -> bool:
    """Start `index` and kill its group after `seconds`; False when it was quicker."""
    process = rushes.start(*COMMAND, *INDEX, undisturbed.films)
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    kill_group(process)
    assert process.returncode in (0, KILLED)
    return process.returncode == KILLED


def _standing_documents(rushes: Rushes) -> dict[tuple[str, str], set[str]]:
    """(stage, logical key) -> the ids of its good documents."""
    standing: dict[tuple[str, str], set[str]] = {}
    for document in rushes.documents():
        if document.status is DocumentStatus.OK:
            key = (document.stage, document.logical_key_id)
            standing.setdefault(key, set()).add(document.doc_id)
    return standing


def _assert_kept(stood: dict[tuple[str, str], set[str]], rushes: Rushes) -> None:
    """No model ran again for what had a good document."""
    now = _standing_documents(rushes)
    assert {key: now.get(key) for key in stood} == stood


def _assert_as_undisturbed(
    rushes: Rushes, state: dict[str, Any], reference: dict[str, Any]
) -> None:
    assert _multiset(state["artifacts"]) == _multiset(reference["artifacts"])
    every_stage = sorted((path, stage) for path in reference["films"] for stage in STAGES)
    assert sorted((row["path"], row["stage"]) for row in state["selected"]) == every_stage
    assert {row["status"] for row in state["runs"]} <= {"completed", "failed"}
    completed = [row for row in state["runs"] if row["status"] == "completed"]
    assert sorted((row["path"], row["stage"]) for row in completed) == every_stage
    assert {row["error_code"] for row in state["runs"]} <= {None, "worker_died"}
    standing = _standing_documents(rushes)
    assert len(standing) == len(reference["films"]) * (len(STAGES) - 1)
    assert {len(doc_ids) for doc_ids in standing.values()} == {1}
    materialized = dict.fromkeys(reference["films"], "MATERIALIZED")
    assert state["partitions"] == dict.fromkeys(STAGES, materialized)
    assert state["unfinished_dagster_runs"] == []


def _multiset(rows: Iterable[dict[str, Any]]) -> Counter[str]:
    return Counter(json.dumps(row, sort_keys=True) for row in rows)
