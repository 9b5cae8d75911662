"""Drafts for tests, and writing them in processes that may die."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from rushes.documents import Document, DocumentDraft, DocumentIndex

_BASE = DocumentDraft(
    stage="scenes",
    asset_id="film",
    content_version=1,
    content_hash="content",
    config_hash="configuration",
    input_hash="input",
    template_id="adaptive",
    model_id="none",
    model_profile="fast",
    producer="scenedetect",
    producer_version="0.7.2",
    run_id="run-1",
)
KILLED = -signal.SIGKILL


def draft(**changes: Any) -> DocumentDraft:
    """A draft of stage `scenes` for the film `film`, with `changes`."""
    return replace(_BASE, **changes)


def write(index: DocumentIndex, text: str = "said", **changes: Any) -> Document:
    """An `ok` document with all three files."""
    said = text.encode()
    return index.write(draft(**changes), raw=said, parsed=b"[]", prompt=b"{}")


def in_process(work: Callable[[], object]) -> int:
    """Forks, does `work` there; returns the pid. Exit status 0, or 1 where it raised."""
    if pid := os.fork():
        return pid
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)


def exit_status(pid: int) -> int:
    """Waits for the process; negative is the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def boundaries(root: Path, work: Callable[[DocumentIndex], object]) -> list[str]:
    """The names of all boundaries that `work` passes."""
    passed: list[str] = []
    work(DocumentIndex(root, crash_points=passed.append))
    return passed


def die_at(ordinal: int) -> Callable[[str], None]:
    """Crash points that kill their process with SIGKILL at the boundary of that number."""
    passed = 0

    def point(_boundary: str) -> None:
        nonlocal passed
        if passed == ordinal:
            os.kill(os.getpid(), signal.SIGKILL)
        passed += 1

    return point
