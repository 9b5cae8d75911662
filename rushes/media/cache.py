"""The media cache: what one decode of each film left behind, within a budget of bytes.

An entry is a folder that counts once its `manifest.json` is there. It is filled under `tmp/` and
moved into place in one rename, so that a crash leaves nothing that counts. Entries in use are
locked and never evicted; the least recently used of the others go first.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rushes.errors import StorageError
from rushes.media.cache_entry import (
    MANIFEST_FILE,
    CachedMedia,
    SampledFrame,
    open_entry,
    read_summary,
    write_entry,
)
from rushes.media.disk_errors import disk_full, storage_error
from rushes.media.locking import exclusive, exclusive_if_free
from rushes.media.manifest import MediaPassManifest

__all__ = ["CacheStatus", "CachedMedia", "MediaCache", "SampledFrame"]

Builder = Callable[[Path], MediaPassManifest]
"""Fills the folder it is given and says what it wrote."""


@dataclass(frozen=True)
class CacheStatus:
    """What the cache holds: `bytes` in `entries` of `budget_bytes`; `free_bytes` on the disk."""

    bytes: int
    entries: int
    budget_bytes: int
    free_bytes: int


@dataclass(frozen=True)
class _Entry:
    folder: Path
    bytes: int
    last_used: float


class MediaCache:
    """Finished media passes below `root`, safe to share between processes."""

    def __init__(self, root: Path, budget_bytes: int, min_free_bytes: int) -> None:
        """`min_free_bytes` must be free on the disk before a film is taken."""
        self.root = root
        self.budget_bytes = budget_bytes
        self.min_free_bytes = min_free_bytes

    def get(self, content_hash: str, config_hash: str) -> CachedMedia | None:
        """The entry, marked as used now; None when it is missing or damaged."""
        media = open_entry(self._folder(cache_key(content_hash, config_hash)))
        if media is not None:
            with suppress(OSError):  # another process may have been first
                os.utime(media.folder / MANIFEST_FILE)
        return media

    def build(self, content_hash: str, config_hash: str, builder: Builder) -> CachedMedia:
        """The entry; made by `builder` when it is missing, in one process only.

        Raises what `builder` raises, and `StorageError` (`disk_full`, `storage`).
        """
        key = cache_key(content_hash, config_hash)
        try:
            with exclusive(self._lock(key)):
                media = self.get(content_hash, config_hash)
                if media is None:
                    self._make_room()
                    self._fill(key, builder, content_hash, config_hash)
                    media = self.get(content_hash, config_hash)
        except OSError as error:
            raise storage_error(error, self.root) from error
        if media is None:
            raise StorageError(
                f"The cache '{self.root}' lost an entry that was just written.",
                remedy="check the disk, and that no one else empties the folder",
            )
        self.prune(self.budget_bytes)
        return media

    def status(self) -> CacheStatus:
        """What is there now."""
        entries = self._entries()
        existing = next(path for path in (self.root, *self.root.parents) if path.exists())
        return CacheStatus(
            bytes=sum(entry.bytes for entry in entries),
            entries=len(entries),
            budget_bytes=self.budget_bytes,
            free_bytes=shutil.disk_usage(existing).free,
        )

    def prune(self, to_bytes: int | None = None) -> int:
        """Evicts the least recently used entries not in use until `to_bytes` (default: the
        budget) are left, and sweeps what crashes left. Returns the bytes freed."""
        self._sweep()
        target = self.budget_bytes if to_bytes is None else to_bytes
        entries = self._entries()
        total = sum(entry.bytes for entry in entries)
        freed = 0
        for entry in entries:
            if total - freed <= target:
                break
            freed += self._evict(entry)
        return freed

    def forget(self, content_hash: str) -> int:
        """Removes every entry of a film's content that is not in use; returns the bytes freed."""
        return sum(self._evict(entry) for entry in self._of(content_hash))

    def bytes_of(self, content_hash: str) -> int:
        """What the entries of a film's content take."""
        return sum(entry.bytes for entry in self._of(content_hash))

    def _of(self, content_hash: str) -> list[_Entry]:
        return [
            entry
            for entry in self._entries()
            if read_summary(entry.folder).get("content_hash") == content_hash
        ]

    def _folder(self, key: str) -> Path:
        return self.root / key[:2] / key

    def _lock(self, key: str) -> Path:
        return self.root / "locks" / f"{key}.lock"

    def _fill(self, key: str, builder: Builder, content_hash: str, config_hash: str) -> None:
        temporary = self.root / "tmp" / f"{key}.{secrets.token_hex(4)}"
        temporary.mkdir(parents=True)
        try:
            manifest = builder(temporary)
            write_entry(temporary, manifest, content_hash, config_hash)
            folder = self._folder(key)
            folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(folder, ignore_errors=True)  # a damaged entry counts as absent
            temporary.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def _make_room(self) -> None:
        """Evicts until `min_free_bytes` are free; raises `disk_full` when that is not enough."""
        for entry in [None, *self._entries()]:
            if entry is not None:
                self._evict(entry)
            if shutil.disk_usage(self.root).free >= self.min_free_bytes:
                return
        raise disk_full(self.root)

    def _entries(self) -> list[_Entry]:
        """Finished entries, least recently used first."""
        found = []
        for manifest in self.root.glob(f"??/*/{MANIFEST_FILE}"):
            size = read_summary(manifest.parent).get("bytes")
            with suppress(OSError):  # another process may have been first
                size = size if isinstance(size, int) else _folder_bytes(manifest.parent)
                found.append(_Entry(manifest.parent, size, manifest.stat().st_mtime))
        return sorted(found, key=lambda entry: entry.last_used)

    def _evict(self, entry: _Entry) -> int:
        """Removes the entry unless it is in use; the bytes freed."""
        with exclusive_if_free(entry.folder / MANIFEST_FILE) as free:
            if not free:
                return 0
            trash = self.root / "tmp" / f"{entry.folder.name}.{secrets.token_hex(4)}"
            with suppress(OSError):  # another process may have been first
                trash.parent.mkdir(exist_ok=True)
                entry.folder.rename(trash)
                shutil.rmtree(trash, ignore_errors=True)
                return entry.bytes
        return 0

    def _sweep(self) -> None:
        """Removes temporary folders whose builder is gone."""
        for folder in self.root.glob("tmp/*"):
            lock = self._lock(folder.name.partition(".")[0])
            if not lock.exists():
                shutil.rmtree(folder, ignore_errors=True)
                continue
            with exclusive_if_free(lock) as free:
                if free:
                    shutil.rmtree(folder, ignore_errors=True)
                    lock.unlink(missing_ok=True)


def cache_key(content_hash: str, config_hash: str) -> str:
    """The name of an entry: SHA-256 over both hashes, in hex."""
    return hashlib.sha256(f"{content_hash}\0{config_hash}".encode()).hexdigest()


def _folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
