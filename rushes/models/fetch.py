"""Fetching weights: into a folder of its own, checked, then renamed, so that all or none is there.

The folder's name is the same at every try, so that a broken fetch goes on where it stopped.
"""

from __future__ import annotations

import errno
import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rushes.errors import AnalysisError, StorageError
from rushes.models.entry import (
    MANIFEST_NAME,
    Manifest,
    ManifestFile,
    ModelEntry,
    ModelFile,
    sha256_of_file,
)
from rushes.models.hub import ModelHub

FetchProgress = Callable[[int, int], None]
"""Called with the bytes that are there and the bytes there will be."""


def no_progress(done: int, total: int) -> None:
    """Show nothing."""


class Fetch:
    """One fetch of one model into `root / name`."""

    def __init__(
        self, entry: ModelEntry, root: Path, hub: ModelHub, progress: FetchProgress
    ) -> None:
        self._entry = entry
        self._target = root / entry.name
        self._folder = root / f".fetch-{entry.name}"
        self._hub = hub
        self._progress = progress
        self._done = 0

    def run(self) -> Path:
        """The folder of the checked files. AnalysisError `model_corrupt`, StorageError, `network`.

        Two fetches of one model at a time: the second is refused.
        """
        with _storage_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._alone():
                self._require_space()
                files = {file.name: self._fetch(file) for file in self._entry.files}
                self._publish(files)
        return self._target

    @contextmanager
    def _alone(self) -> Iterator[None]:
        lock = self._folder.with_name(f"{self._folder.name}.lock")
        with lock.open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StorageError(
                    f"{self._entry.name} is being fetched by another process",
                    code="fetch_running",
                    remedy="wait until that one has finished",
                ) from error
            yield

    def _require_space(self) -> None:
        here = sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())
        missing = self._entry.size_bytes - here
        if missing > shutil.disk_usage(self._folder).free:
            raise _disk_full(self._folder)

    def _fetch(self, file: ModelFile) -> ManifestFile:
        """One file, checked against the catalogue's hash or, without one, the hub's."""
        entry, path = self._entry, self._folder / file.name
        revision = entry.pin
        expected = file.sha256 or self._hub.describe(entry.origin, revision, file.name).sha256
        if not path.is_file():
            self._hub.download(entry.origin, revision, file.name, self._folder, self._step)
        else:
            self._step(path.stat().st_size)
        actual = sha256_of_file(path)
        if expected is not None and actual != expected:
            path.unlink()  # the next try must not find it here
            raise AnalysisError(
                f"{entry.name}: {file.name} of {entry.origin} has sha256 {actual}, "
                f"expected {expected}",
                code="model_corrupt",
                remedy=f"run `rushes models fetch {entry.name}` again; if it stays so, the origin "
                "no longer has what the catalogue names",
            )
        return ManifestFile(sha256=actual, size_bytes=path.stat().st_size)

    def _step(self, new_bytes: int) -> None:
        self._done += new_bytes
        self._progress(min(self._done, self._entry.size_bytes), self._entry.size_bytes)

    def _publish(self, files: dict[str, ManifestFile]) -> None:
        manifest = Manifest(
            name=self._entry.name,
            origin=self._entry.origin,
            revision=self._entry.pin,
            files=files,
        )
        (self._folder / MANIFEST_NAME).write_text(manifest.model_dump_json(indent=1))
        shutil.rmtree(self._folder / ".cache", ignore_errors=True)  # the hub's own bookkeeping
        if self._target.exists():
            shutil.rmtree(self._target)  # an older or damaged copy
        self._folder.rename(self._target)


@contextmanager
def _storage_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(folder) from error
        raise StorageError(
            f"{error.filename or folder}: {error.strerror or error}",
            remedy="see that the models directory can be written to",
        ) from error


def _disk_full(folder: Path) -> StorageError:
    return StorageError(
        f"no space left for {folder}",
        code="disk_full",
        remedy="free space, or set RUSHES_MODELS_DIR to a larger disk, and fetch again",
    )
