"""The command line with a kill at an exact point, or with its state written at its end.

    python -m tests.e2e.fault_driver --kill PHASE:STAGE:NTH -- index FILMS
    python -m tests.e2e.fault_driver --state FILE -- index FILMS

The kill is `kill -9` of the whole process group at the NTH event of that phase and stage.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from orchestration.cli import main
from rushes.pipeline.events import Phase, StageEvent, observing


class Kill:
    """Ends this process's group at the nth event of a phase of a stage."""

    def __init__(self, point: str) -> None:
        phase, self._stage, nth = point.split(":")
        self._phase, self._left = Phase(phase), int(nth)

    def __call__(self, event: StageEvent) -> None:
        """Count, and at the last one kill."""
        if (event.phase, event.stage) != (self._phase, self._stage):
            return
        self._left -= 1
        if not self._left:
            os.killpg(os.getpgrp(), signal.SIGKILL)


def drive(option: str, value: str, arguments: list[str]) -> int:
    """Run the command line with `arguments`; returns its exit code where it lives to have one."""
    sys.argv[1:] = arguments
    if option == "--kill":
        with observing(Kill(value)):
            return _exit_code()
    code = _exit_code()
    from tests.e2e.state import state

    Path(value).write_text(json.dumps(state()))
    return code


def _exit_code() -> int:
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


if __name__ == "__main__":
    _, chosen, told, separator, *rest = sys.argv
    assert separator == "--"
    sys.exit(drive(chosen, told, rest))
