"""A benchmark's verdict follows its figures, and nothing else."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.benchmarks import overhead, write
from scripts.benchmarks.__main__ import BENCHMARKS, main, run
from scripts.benchmarks.report import REPETITIONS, Figure, Report, repeat

NUMBERS = st.floats(0, 1000)


@given(kept=st.lists(st.booleans() | st.none()))
def test_the_exit_code_is_zero_only_where_something_is_promised_and_all_of_it_kept(
    kept: list[bool | None],
) -> None:
    report = Report("b", [Figure(str(n), 1.0, holds=each) for n, each in enumerate(kept)])
    promised = [each for each in kept if each is not None]
    assert (report.exit_code == 0) is (bool(promised) and all(promised))


@given(value=NUMBERS, limit=NUMBERS)
def test_a_limit_itself_still_holds(value: float, limit: float) -> None:
    assert Figure.at_most("f", value, limit).holds is (value <= limit)
    assert Figure.at_least("f", value, limit).holds is (value >= limit)


def test_the_last_line_is_one_json_object_with_each_figure_its_target_and_verdict() -> None:
    out = io.StringIO()
    figures = [Figure.at_most("slow", 0.75, 0.5, "s"), Figure("shown", 3.0, "s")]
    assert Report("b", figures).show(out, out) == 1
    *people, last = out.getvalue().splitlines()
    assert "DOES NOT HOLD" in people[0]
    assert json.loads(last) == {
        "bench": "b",
        "figures": {
            "slow": {"value": 0.75, "unit": "s", "target": "<= 0.5", "holds": False},
            "shown": {"value": 3.0, "unit": "s", "target": None, "holds": None},
        },
        "holds": False,
    }


@pytest.mark.parametrize("holds", [True, False])
def test_a_summary_of_one_ratio_becomes_a_report(holds: bool) -> None:
    summary = {
        "bench": "b", "figures": {"a (s)": 2.0}, "target": "<= 0.6", "ratio": 0.4, "holds": holds
    }  # fmt: skip
    report = Report.of(summary)
    assert report.exit_code == (0 if holds else 1)
    assert [(each.name, each.value, each.target) for each in report.figures] == [
        ("ratio", 0.4, "<= 0.6"),
        ("a (s)", 2.0, None),
    ]


def test_the_median_of_three_rounds_counts(capsys: pytest.CaptureFixture[str]) -> None:
    values: Iterator[float] = iter([9.0, 1.0, 2.0])
    assert repeat(lambda: {"seconds": next(values)}) == {"seconds": 2.0}
    assert len(capsys.readouterr().out.splitlines()) == REPETITIONS == 3


def test_with_json_only_the_object_goes_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    def measure(quick: bool) -> Report:
        print(f"measuring, quick: {quick}")
        return Report("b", [Figure.at_least("f", 1, 2)])

    assert run(measure, quick=True, as_json=True) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["holds"] is False
    assert "measuring, quick: True" in told.err
    assert run(measure, quick=False, as_json=False) == 1
    told = capsys.readouterr()
    assert json.loads(told.out.splitlines()[-1])["bench"] == "b"
    assert told.err == ""


def test_help_lists_every_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert [name for name in BENCHMARKS if name not in told] == []


def test_an_unknown_name_is_refused_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["speed"])
    assert ended.value.code == 2
    assert "media-pass" in capsys.readouterr().err


@pytest.mark.parametrize(("seconds", "code"), [(0.5, 0), (0.51, 1)])
def test_overhead_promises_the_chunks_orchestration(seconds: float, code: int) -> None:
    taken = {"chunk orchestration": seconds, "chunk wall": 2.0, "launched orchestration": 7.0}
    assert overhead.report(taken).exit_code == code


@pytest.mark.parametrize(("seconds", "code"), [(10.0, 0), (10.1, 1)])
def test_write_promises_a_tenth_of_the_speed_of_a_bare_copy(seconds: float, code: int) -> None:
    taken = {
        "batch_create": seconds,
        "bare COPY": 1.0,
        "indexed COPY": 1.5,
        "validation": 1.0,
        "projections": 2.0,
    }
    told = write.report(1000, taken)
    assert told.exit_code == code
    shares = [each.value for each in told.figures if each.name.startswith("of batch_create")]
    assert sum(shares) == pytest.approx(100)
