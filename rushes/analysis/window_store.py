"""Finished windows of a film that is not finished yet, so that a broken run goes on."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from rushes.analysis.speech_windows import Window
from rushes.artifacts.hashing import sha256_of


class WindowStore:
    """One JSON file a window in a folder named after film, configuration and versions.

    Without a folder nothing is kept. What cannot be read back is done again.
    """

    def __init__(self, root: Path | None, key: Any) -> None:
        self._folder = None if root is None else root / sha256_of(key)[:32]

    def load(self, window: Window) -> dict[str, Any] | None:
        """The window's result; None where there is none."""
        if self._folder is None:
            return None
        try:
            kept = json.loads(self._path(self._folder, window).read_bytes())
        except (OSError, ValueError):
            return None
        return kept if isinstance(kept, dict) else None

    def save(self, window: Window, result: dict[str, Any]) -> None:
        """Keep a window's result, whole or not at all. OSError where the disk refuses."""
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(self._folder, window)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(json.dumps(result), encoding="utf-8")
        temporary.replace(path)

    def clear(self) -> None:
        """Forget the film: it is finished."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    @staticmethod
    def _path(folder: Path, window: Window) -> Path:
        return folder / f"{window.start}-{window.end}.json"
