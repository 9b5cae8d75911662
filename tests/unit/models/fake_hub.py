"""A hub in memory, with the faults a real one has."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from rushes.errors import RushesError
from rushes.models.hub import Progress, RemoteFile


@dataclass
class FakeHub:
    """Serves `files`; breaks off before the file named `breaks_at`."""

    files: dict[str, bytes]
    breaks_at: str | None = None
    downloads: list[str] = field(default_factory=list)

    def describe(self, origin: str, revision: str, name: str) -> RemoteFile:
        data = self.files[name]
        return RemoteFile(len(data), hashlib.sha256(data).hexdigest())

    def download(
        self, origin: str, revision: str, name: str, folder: Path, progress: Progress
    ) -> None:
        if name == self.breaks_at:
            raise RushesError("the line is dead", code="network", retryable=True)
        self.downloads.append(name)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(self.files[name])
        progress(len(self.files[name]))
