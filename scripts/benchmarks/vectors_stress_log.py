"""What the processes of a stress run write down, and what of it must not be."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from threading import Lock
from types import TracebackType
from typing import Any, Final, Self

VIOLATIONS: Final = ("error", "lost", "resurrected", "differs")
"""An answer that is none; a moment not found that stands; one found that was deleted before; an
answer that is not what comparing all vectors gives."""


class Log:
    """Lines of JSON, from any thread. Times: ns of the machine's monotonic clock."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a")
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._file.close()

    def committed(self, *, added: Sequence[str] = (), removed: Sequence[str] = ()) -> None:
        """Right after the commit."""
        self._write({"at": time.monotonic_ns(), "added": added, "removed": removed})

    def answered(self, begun: int, took_ms: float, found: Sequence[str]) -> None:
        """`found`: moments that may have been deleted."""
        self._write({"begun": begun, "took_ms": took_ms, "found": found})

    def violated(self, kind: str, what: str) -> None:
        """`kind`: one of VIOLATIONS."""
        self._write({"violation": kind, "what": what})

    def _write(self, line: Mapping[str, Any]) -> None:
        with self._lock:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()


@dataclass(frozen=True, slots=True)
class Told:
    """All that was written down in one scenario."""

    commits: Sequence[Mapping[str, Any]]
    answers: Sequence[Mapping[str, Any]]
    violations: Sequence[tuple[str, str]]

    @property
    def p50_ms(self) -> float:
        """Of the answers."""
        return self._percentile(50)

    @property
    def p99_ms(self) -> float:
        """Of the answers."""
        return self._percentile(99)

    def counted(self) -> Counter[str]:
        """How many violations of each kind."""
        return Counter(kind for kind, _ in self.violations)

    def _percentile(self, which: int) -> float:
        times = [each["took_ms"] for each in self.answers]
        if len(times) < 2:
            return 0.0
        return float(quantiles(times, n=100, method="inclusive")[which - 1])


def read_logs(paths: Iterable[Path]) -> Told:
    """What they say, and what they say together."""
    lines = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    commits = [each for each in lines if "at" in each]
    answers = [each for each in lines if "begun" in each]
    own = [(each["violation"], each["what"]) for each in lines if "violation" in each]
    return Told(commits, answers, [*own, *resurrected(commits, answers)])


def resurrected(
    commits: Sequence[Mapping[str, Any]], answers: Sequence[Mapping[str, Any]]
) -> list[tuple[str, str]]:
    """Moments in answers to questions that were asked after their deletion was committed."""
    gone_at = {each: commit["at"] for commit in commits for each in commit["removed"]}
    return [
        ("resurrected", f"{each}, {(answer['begun'] - gone_at[each]) / 1e6:.1f} ms after")
        for answer in answers
        for each in answer["found"]
        if each in gone_at and gone_at[each] < answer["begun"]
    ]
