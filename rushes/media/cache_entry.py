"""One finished entry of the media cache, as files in a folder; docs/cache-format.md has it all."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from pydantic import ValidationError

from rushes.errors import StorageError
from rushes.media.locking import SharedUse, share
from rushes.media.manifest import FORMAT_VERSION, METRICS_FILE, MediaPassManifest

if TYPE_CHECKING:
    from rushes.media.metrics import FrameMetrics

MANIFEST_FILE = "manifest.json"
SUMMARY_FILE = "summary.json"


@dataclass(frozen=True)
class SampledFrame:
    """One sampled picture; it stands for the film from `time_ms` up to `end_ms` (exclusive)."""

    path: Path
    frame_number: int
    time_ms: int
    end_ms: int
    width: int
    height: int


class CachedMedia:
    """What a media pass kept of one film. While it is open, the entry is not evicted.

    Use it as a context manager, or call `close`.
    """

    def __init__(self, folder: Path, manifest: MediaPassManifest, use: SharedUse) -> None:
        self.folder = folder
        self.manifest = manifest
        self._use = use

    def __enter__(self) -> CachedMedia:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Allows eviction; paths may vanish from now on."""
        self._use.close()

    @property
    def duration_ms(self) -> int:
        """The end of the last video frame."""
        return self.manifest.duration_ms

    @property
    def audio_path(self) -> Path | None:
        """Mono 16-bit WAV; sample 0 is the first video frame's moment. None: no sound."""
        audio = self.manifest.audio
        return self.folder / audio.file if audio else None

    def frames(self) -> list[SampledFrame]:
        """The sampled frames in film order; their spans cover the film."""
        return [
            SampledFrame(
                path=self.folder / entry.file,
                frame_number=entry.frame_number,
                time_ms=entry.time_ms,
                end_ms=entry.end_ms,
                width=entry.width,
                height=entry.height,
            )
            for entry in self.manifest.frames
        ]

    def metrics(self) -> FrameMetrics:
        """Every frame's time and scene metrics. Raises `StorageError` when the file is damaged."""
        from rushes.media.metrics import FrameMetrics

        try:
            return FrameMetrics.load(self.folder / METRICS_FILE)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise StorageError(
                f"The cached metrics in '{self.folder}' are damaged.",
                remedy="delete that folder and run the film's media stage again",
            ) from error


def open_entry(folder: Path) -> CachedMedia | None:
    """The finished entry in `folder`, or None when there is none or it is damaged."""
    use = share(folder / MANIFEST_FILE)
    if use is None:
        return None
    manifest = _read_manifest(folder)
    if manifest is None:
        use.close()
        return None
    return CachedMedia(folder, manifest, use)


def write_entry(folder: Path, manifest: MediaPassManifest, content: str, config: str) -> None:
    """Completes a folder that a media pass filled; the manifest comes last."""
    sizes = {
        str(path.relative_to(folder)): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    text = manifest.model_dump_json()
    summary = {
        "content_hash": content,
        "config_hash": config,
        "bytes": sum(sizes.values()) + len(text),
        "files": {name: size for name, size in sizes.items() if "/" not in name},
    }
    (folder / SUMMARY_FILE).write_text(json.dumps(summary))
    (folder / MANIFEST_FILE).write_text(text)


def read_summary(folder: Path) -> dict[str, object]:
    """The entry's `summary.json`; empty when it cannot be read."""
    try:
        summary = json.loads((folder / SUMMARY_FILE).read_text())
    except (OSError, ValueError):
        return {}
    return summary if isinstance(summary, dict) else {}


def _read_manifest(folder: Path) -> MediaPassManifest | None:
    try:
        manifest = MediaPassManifest.model_validate_json((folder / MANIFEST_FILE).read_text())
        files = read_summary(folder).get("files")
        if manifest.format_version != FORMAT_VERSION or not isinstance(files, dict):
            return None
        whole = all((folder / name).stat().st_size == size for name, size in files.items())
        whole = whole and all((folder / frame.file).stat().st_size for frame in manifest.frames)
    except (OSError, ValidationError, ValueError):
        return None
    return manifest if whole and METRICS_FILE in files else None
