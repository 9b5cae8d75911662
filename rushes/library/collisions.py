"""Two files of one sampled hash: which bytes must be compared, and what each is then called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rushes.library.content_hash import FULL_PREFIX, is_exact


@dataclass(frozen=True, slots=True)
class HashedFile:
    """A file and its content hash; `fresh` when that was sampled in this look."""

    path: str
    content_hash: str
    size_bytes: int
    fresh: bool


def files_to_verify(files: Iterable[HashedFile], known_full: Mapping[str, str | None]) -> list[str]:
    """The paths whose every byte must be hashed before these files are told apart.

    `known_full` has the full hash that belongs to a content hash, where it was ever taken, and None
    for the content of a film of another library that cannot be compared with. Files
    of one content hash that were told apart before are equal: one speaks for all.
    """
    wanted: list[str] = []
    for content, group in _groups(files).items():
        fresh = [file.path for file in group if file.fresh]
        if not fresh or is_exact(group[0].size_bytes):
            continue
        if content in known_full:
            wanted += fresh
        elif len(group) > 1:
            wanted += fresh + [file.path for file in group if not file.fresh][:1]
    return wanted


def verified_contents(
    files: Iterable[HashedFile],
    known_full: Mapping[str, str | None],
    full: Mapping[str, str],
    names: Collection[str] = (),
) -> tuple[dict[str, str], dict[str, str]]:
    """The content hash of every path, and the full hash learnt for each content hash.

    `full` has the full hashes of the paths that `files_to_verify` named. Of several contents with
    one sampled hash, the one that was known first keeps it; the others are called by all of their
    bytes (`f1:`), and so is a file whose content has such a name already (`names`: the content
    hashes in use), or that nothing can be compared with.
    """
    contents: dict[str, str] = {}
    learnt: dict[str, str] = {}
    for content, group in _groups(files).items():
        canonical = known_full[content] if content in known_full else _first_full(group, full)
        for file in group:
            contents[file.path] = content
            if (digest := full.get(file.path)) is None:
                continue
            exact_name = FULL_PREFIX + digest
            if file.fresh and (digest != canonical or exact_name in names):
                contents[file.path] = exact_name
            learnt[contents[file.path]] = digest
    return contents, learnt


def _groups(files: Iterable[HashedFile]) -> dict[str, list[HashedFile]]:
    """By content hash; what was there before comes first, then by path."""
    groups: dict[str, list[HashedFile]] = defaultdict(list)
    for file in sorted(files, key=lambda file: (file.fresh, file.path)):
        groups[file.content_hash].append(file)
    return groups


def _first_full(group: Sequence[HashedFile], full: Mapping[str, str]) -> str | None:
    return next((full[file.path] for file in group if file.path in full), None)
