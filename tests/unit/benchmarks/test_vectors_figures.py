"""What the vectors benchmark makes of its measurements, and that its vectors are what they are."""

from __future__ import annotations

import time
from threading import get_ident

import numpy as np
import pytest

from scripts.benchmarks import vectors_freshness, vectors_rebuild, vectors_serving, vectors_start
from scripts.benchmarks.report import Figure
from scripts.benchmarks.vectors_clients import Query, Served, ratio, served
from scripts.benchmarks.vectors_made import clustered, questions
from scripts.benchmarks.vectors_rebuild import Rebuilt
from scripts.benchmarks.vectors_recall import Truth
from scripts.benchmarks.vectors_text import distinct, docstrings, windows_of

SIDES = ("bare", "live", "lock", "live + writer", "lock + writer")


def by_name(found: list[Figure]) -> dict[str, Figure]:
    return {each.name: each for each in found}


def one_round(**speeds: float) -> dict[str, Served]:
    return {
        name: Served(speeds.get(name.replace(" + ", "_"), 100.0), 50.0, [1.0, 2.0])
        for name in SIDES
    }


def test_a_ratio_is_the_median_of_those_within_a_round() -> None:
    rounds = [one_round(live=95), one_round(live=10, bare=10), one_round(live=80, bare=160)]
    assert ratio(rounds, "live", "bare") == 0.95


def test_the_live_index_is_held_against_bare_faiss_and_against_a_lock() -> None:
    rounds = [one_round(live=90, live_writer=75, lock=45, lock_writer=26)]
    told = by_name(vectors_serving.figures("flat", rounds))
    assert told["flat: live / bare"].holds
    assert told["flat: live + writer / bare"].holds
    assert told["flat: live / lock"].value == 2.0
    assert told["flat: live / lock"].holds
    assert not told["flat: live + writer / lock + writer"].holds


def test_a_start_is_promised_of_a_gigabyte_only() -> None:
    states = (vectors_start.WARM, vectors_start.COLD)
    seconds = {f"{state} hashed": 1.0 for state in states}
    rounds = [seconds | {f"{state} stamped": 0.25 for state in states}]
    large, small = (vectors_start.figures(int(size), rounds)[0] for size in (1.5e9, 1e8))
    assert (large.value, large.holds) == (4.0, False)
    assert small.holds is None


def test_a_look_for_news_is_compared_within_a_burst() -> None:
    bursts = [{"look for news": us, "select 1": 10.0, "caught_up()": 50.0} for us in (20, 30, 31)]
    told = by_name(vectors_freshness.check_figures(bursts))
    assert told["look for news / select 1"].value == 3.0
    assert told["look for news / select 1"].holds


def test_a_rebuild_may_make_searches_three_times_as_slow_and_none_fail() -> None:
    calm = vectors_rebuild.figures("x", Rebuilt([1.0] * 100, [3.0] * 100, 0, 1.0))
    assert all(each.holds is not False for each in calm)
    bad = vectors_rebuild.figures("x", Rebuilt([1.0] * 100, [3.5] * 100, 1, 1.0))
    assert [each.name for each in bad if each.holds is False] == [
        "x: p99 during a rebuild / before",
        "x: failed searches during it",
    ]


def test_clients_search_at_once_and_tell_what_failed() -> None:
    threads = set()

    def search(query: Query) -> None:
        threads.add(get_ident())
        time.sleep(0.002)

    told = served(search, np.zeros((4, 2), np.float32), 0.1, clients=3)
    assert len(threads) == 3
    assert told.a_second * 0.1 == pytest.approx(len(told.milliseconds), rel=0.5)

    def fail(query: Query) -> None:
        time.sleep(0.002)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        served(fail, np.zeros((4, 2), np.float32), 0.02, clients=2)


def test_made_vectors_are_of_length_one_and_the_same_for_a_seed() -> None:
    first, again = (np.concatenate(list(clustered(12_000, 3, 16))) for _ in range(2))
    assert first.shape == (12_000, 16)
    assert np.array_equal(first, again)
    assert np.allclose(np.linalg.norm(first, axis=1), 1, atol=1e-5)
    asked = questions(50, 3, 16)
    assert (first @ asked.T).max() < 1 - 1e-6


def test_recall_counts_the_true_ten_and_takes_equal_vectors_for_one_another() -> None:
    rows = np.concatenate(list(clustered(300, 1, 8)))
    asked = questions(5, 1, 8)
    truth = Truth.of([rows[:100], rows[100:]], asked)
    best = -np.sort(-(asked @ rows.T), axis=1)
    assert truth.recall(best[:, :10].tolist()) == 1.0
    assert truth.recall(best[:, 1:11].tolist()) == pytest.approx(0.9)


def test_docstrings_are_found_and_cut_to_windows_at_the_ends_of_sentences() -> None:
    source = '"""Of a module."""\ndef f():\n    r\'\'\'What it does.\'\'\'\n    x = """no"""\n'
    assert list(docstrings(source)) == ["Of a module.", "What it does."]
    text = "A sentence of some length about vectors. " * 20
    windows = list(windows_of([text, "too short"]))
    assert all(40 <= len(each) <= 280 for each in windows)
    assert " ".join(windows) == text.strip()


def test_equal_vectors_count_once_and_keep_their_order() -> None:
    rows = np.array([[2, 0], [1, 0], [2, 0], [0, 1]], np.float32)
    assert distinct(rows).tolist() == [[2, 0], [1, 0], [0, 1]]
