"""Films outside the part of a library that is looked at: they may hold content found inside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rushes.library.identity import KnownAsset, OccupiedPath
from rushes.library.listing import ListedFile
from rushes.library.paths import is_under_any
from rushes.library.scan_writer import Findings


def colliding_outside(
    root: Path, known: Iterable[KnownAsset], findings: Findings, only: Sequence[str]
) -> dict[ListedFile, str]:
    """Known films outside `only` that are still there with a content that was found inside.

    Their places are entered as occupied, so that their content has not moved.
    """
    found = set(findings.contents.values())
    outside: dict[ListedFile, str] = {}
    for asset in known:
        if asset.missing or asset.content_hash not in found:
            continue
        if not is_under_any(asset.path, only):
            _enter(root, asset, findings, outside)
    return outside


def _enter(
    root: Path, asset: KnownAsset, findings: Findings, outside: dict[ListedFile, str]
) -> None:
    try:
        stat = (root / asset.path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError:
        findings.outside.append(OccupiedPath(asset.path, None))
        return
    findings.outside.append(OccupiedPath(asset.path, stat.st_size))
    if stat.st_size == asset.size_bytes:
        outside[ListedFile(asset.path, stat.st_size, stat.st_mtime_ns)] = asset.content_hash
