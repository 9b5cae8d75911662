"""What every benchmark says in the end: figures, their targets, and whether they hold."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any, TextIO, TypeVar

T = TypeVar("T")

REPETITIONS = 3


@dataclass(frozen=True)
class Figure:
    """One number; `holds` is None where nothing is promised of it, and it is only shown."""

    name: str
    value: float
    unit: str = ""
    target: str | None = None
    holds: bool | None = None

    @classmethod
    def at_most(cls, name: str, value: float, limit: float, unit: str = "") -> Figure:
        """A figure that is promised to be no more than `limit`."""
        return cls(name, value, unit, f"<= {limit:g}", value <= limit)

    @classmethod
    def at_least(cls, name: str, value: float, limit: float, unit: str = "") -> Figure:
        """A figure that is promised to be no less than `limit`."""
        return cls(name, value, unit, f">= {limit:g}", value >= limit)

    def line(self) -> str:
        """For a person."""
        promise = "" if self.target is None else f"   {self.target}: {_verdict(self.holds)}"
        return f"{self.name:<44} {self.value:>12,.3f} {self.unit:<7}{promise}".rstrip()

    def to_dict(self) -> dict[str, Any]:
        """For a program."""
        return {
            "value": round(self.value, 4),
            "unit": self.unit,
            "target": self.target,
            "holds": self.holds,
        }


@dataclass(frozen=True)
class Report:
    """One benchmark's outcome."""

    bench: str
    figures: list[Figure] = field(default_factory=list)

    @classmethod
    def of(cls, summary: Mapping[str, Any]) -> Report:
        """From a summary of one ratio: bench, figures by name, target, ratio and holds."""
        promised = Figure("ratio", summary["ratio"], "", summary["target"], summary["holds"])
        shown = (Figure(name, value) for name, value in summary["figures"].items())
        return cls(summary["bench"], [promised, *shown])

    @property
    def holds(self) -> bool:
        """Whether something was promised and every promise is kept."""
        promised = [each.holds for each in self.figures if each.holds is not None]
        return bool(promised) and all(promised)

    @property
    def exit_code(self) -> int:
        """0 only where all targets hold."""
        return 0 if self.holds else 1

    def to_json(self) -> str:
        """One line: the bench, each figure by name, and whether all hold."""
        figures = {each.name: each.to_dict() for each in self.figures}
        return json.dumps({"bench": self.bench, "figures": figures, "holds": self.holds})

    def show(self, people: TextIO, programs: TextIO) -> int:
        """The figures for people, then the JSON object as the last line. Returns the exit code."""
        for figure in self.figures:
            print(figure.line(), file=people, flush=True)
        print(self.to_json(), file=programs, flush=True)
        return self.exit_code


def repeat(measure: Callable[[], Mapping[str, float]], say: str = "") -> dict[str, float]:
    """`measure()` three times, each printed; the median of each of its numbers."""
    rounds: list[Mapping[str, float]] = []
    for number in range(1, REPETITIONS + 1):
        rounds.append(measure())
        told = "  ".join(f"{name} {value:.3f}" for name, value in rounds[-1].items())
        print(f"{say}{number} of {REPETITIONS}: {told}", flush=True)
    return medians(rounds)


def medians(rounds: list[Mapping[str, float]]) -> dict[str, float]:
    """The median of each number over all rounds."""
    return {name: median(each[name] for each in rounds) for name in rounds[0]}


def print_conditions(**commands: str) -> None:
    """Both sides' commands, and how many threads the machine offers."""
    print(
        f"cores: {os.cpu_count()}, load: {os.getloadavg()[0]:.1f}, python {sys.version.split()[0]}"
    )
    for name, command in commands.items():
        print(f"{name}: {command}", flush=True)


def _verdict(holds: bool | None) -> str:
    return "holds" if holds else "DOES NOT HOLD"
