"""What a stress run calls a violation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rushes.artifacts.vocabulary import EmbeddingKind
from scripts.benchmarks import vectors_stress, vectors_stress_truth
from scripts.benchmarks.vectors_stress_film import Film
from scripts.benchmarks.vectors_stress_log import Log, Told, read_logs, resurrected
from scripts.benchmarks.vectors_stress_truth import Truth


def test_a_moment_is_resurrected_where_a_question_after_its_deletion_finds_it() -> None:
    commits = [{"at": 100, "added": [], "removed": ["a"]}]
    before = {"begun": 99, "took_ms": 1.0, "found": ["a", "b"]}
    after = {"begun": 101, "took_ms": 1.0, "found": ["b", "a"]}
    assert resurrected(commits, [before]) == []
    assert [kind for kind, _ in resurrected(commits, [before, after])] == ["resurrected"]


def test_logs_of_several_processes_are_read_together(tmp_path: Path) -> None:
    with Log(tmp_path / "writer.log") as writer:
        writer.committed(removed=["a"])
        writer.violated("lost", "b")
    with Log(tmp_path / "reader.log") as reader:
        reader.answered(2**62, 5.0, ["a"])
        reader.answered(0, 7.0, ["a"])
    told = read_logs(sorted(tmp_path.glob("*.log")))
    assert (told.p50_ms, len(told.commits)) == (6.0, 1)
    assert told.counted() == {"lost": 1, "resurrected": 1}
    held = {each.name: each.holds for each in vectors_stress.figures("x", told, 1.0)}
    assert (held["x: error"], held["x: lost"], held["x: resurrected"]) == (True, False, False)


def test_nothing_that_happened_is_no_violation() -> None:
    figures = vectors_stress.figures("x", Told([], [], []), 1.0)
    assert all(each.holds is not False for each in figures)


def test_writes_are_shared_out_and_fifty_clients_come_last() -> None:
    made = vectors_stress.scenarios(5.0, 1000)
    assert made[1].writes * made[1].writers == 1000
    assert sum(made[-1].readers) + made[-1].writers == 50
    assert made[-1].seconds == 300


@pytest.fixture
def truth(monkeypatch: pytest.MonkeyPatch) -> Truth:
    monkeypatch.setattr(vectors_stress_truth, "LIMIT", 2)
    return Truth(["a", "b", "c"], np.array([[1, 0], [0.6, 0.8], [0, 1]], np.float32))


@pytest.mark.parametrize(
    ("hits", "wrong"),
    [
        ([("a", 1.0), ("b", 0.6)], None),
        ([("a", 1.0), ("c", 0.0)], "b is left out, nearer than the last"),
        ([("a", 1.0)], "1 hits of 3"),
        ([("a", 1.0), ("d", 0.5)], "d is not there"),
        ([("a", 1.0), ("b", 0.5)], "b has 0.5"),
        ([("a", 1.0), ("a", 1.0)], "one is there twice"),
    ],
)
def test_an_answer_is_held_against_all_vectors(
    truth: Truth, hits: list[tuple[str, float]], wrong: str | None
) -> None:
    query = np.array([1, 0], np.float32)
    told = truth.difference(query, [{"artifact_id": a, "score": s} for a, s in hits])
    assert (told is None) if wrong is None else (told or "").startswith(wrong)


def test_what_was_asked_with_is_no_hit(truth: Truth) -> None:
    hits = [{"artifact_id": "b", "score": 0.6}, {"artifact_id": "c", "score": 0.0}]
    assert truth.difference(np.array([1, 0], np.float32), hits, without="a") is None


def test_a_film_holds_the_same_in_every_process_and_no_two_say_the_same() -> None:
    texts = {Film(str(number)).text(place) for number in range(50) for place in range(4)}
    assert len(texts) == 200
    assert Film("7").text(1) == Film("7").text(1)
    assert np.array_equal(Film("7").face(0), Film("7").face(0))
    assert len(set(Film("7").artifacts(EmbeddingKind.TEXT))) == 4
