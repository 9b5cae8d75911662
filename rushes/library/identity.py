"""Which film is which between two looks at a library. Pure: no disk, no database, no clock.

Content wins over path, so a rename, a swap and `mv A B` over an existing B all keep each film's
results with its content.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from rushes.library.paths import file_name, is_under_any


@dataclass(frozen=True, slots=True)
class KnownAsset:
    """A film as Postgres has it; `missing` when the last look did not find it."""

    asset_id: str
    path: str
    content_hash: str
    size_bytes: int
    missing: bool = False


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A film as it lies on the disk now."""

    path: str
    content_hash: str
    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class OccupiedPath:
    """A path with a file of unknown content: still copying, rejected, or outside the look."""

    path: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Match:
    """A known film and the file that it is now."""

    asset: KnownAsset
    file: SeenFile


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A file that needs an asset of its own though `original_path` holds the same content."""

    file: SeenFile
    original_path: str


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """What a look means. Every seen file is in exactly one of the first six.

    `returned` were missing; `changed` have new content; `kept` stay as they are because nothing
    is known about their place.
    """

    unchanged: tuple[Match, ...]
    moved: tuple[Match, ...]
    returned: tuple[Match, ...]
    changed: tuple[Match, ...]
    new: tuple[SeenFile, ...]
    duplicates: tuple[Duplicate, ...]
    missing: tuple[KnownAsset, ...]
    kept: tuple[KnownAsset, ...]

    @property
    def matches(self) -> tuple[Match, ...]:
        """Every file that belongs to a known film."""
        return self.unchanged + self.moved + self.returned + self.changed


def plan_scan(
    known: Sequence[KnownAsset],
    seen: Sequence[SeenFile],
    unlisted_prefixes: Sequence[str] = (),
    *,
    occupied: Sequence[OccupiedPath] = (),
    only: Sequence[str] = ("",),
) -> ScanPlan:
    """What `seen` means for `known`; the order of either does not matter.

    `only` are the prefixes that were looked at: nothing outside goes missing, and a known film
    outside counts as gone from its place unless `occupied` names that.
    """
    planner = _Planner(known, seen, unlisted_prefixes, occupied, only)
    return planner.plan()


class _Planner:
    def __init__(
        self,
        known: Sequence[KnownAsset],
        seen: Sequence[SeenFile],
        unlisted: Sequence[str],
        occupied: Sequence[OccupiedPath],
        only: Sequence[str],
    ) -> None:
        self._only = tuple(only)
        self._unlisted = tuple(unlisted)
        self._occupied = {place.path: place.size_bytes for place in occupied}
        # A film that is there comes before one that is missing; then the oldest.
        ordered = sorted(known, key=lambda asset: (asset.missing, asset.asset_id))
        self._assets = {asset.asset_id: asset for asset in ordered}
        self._files = {file.path: file for file in sorted(seen, key=lambda file: file.path)}
        self._seen_paths = frozenset(self._files)
        self._matches: dict[str, Match] = {}  # by path

    def plan(self) -> ScanPlan:
        self._match_in_place()
        held = [asset for asset in self._assets.values() if self._holds(asset)]
        for asset in held:
            del self._assets[asset.asset_id]
        self._match_by_content()
        self._match_by_path()
        new, duplicates = self._split_new(held)
        kept, missing = self._split_absent()
        return ScanPlan(
            **self._sorted_matches(),
            new=new,
            duplicates=duplicates,
            missing=missing,
            kept=(*held, *kept),
        )

    def _match(self, asset: KnownAsset, file: SeenFile) -> None:
        self._matches[file.path] = Match(self._assets.pop(asset.asset_id), file)
        del self._files[file.path]

    def _match_in_place(self) -> None:
        """Same path, same content."""
        for asset in list(self._assets.values()):
            file = self._files.get(asset.path)
            if file is not None and file.content_hash == asset.content_hash:
                self._match(asset, file)

    def _holds(self, asset: KnownAsset) -> bool:
        """Whether the film may still lie unseen at its path, so that it cannot have moved."""
        if asset.missing or asset.path in self._seen_paths:
            return False
        if asset.path in self._occupied:
            return self._occupied[asset.path] in (None, asset.size_bytes)
        return is_under_any(asset.path, self._unlisted)

    def _match_by_content(self) -> None:
        """Same content elsewhere: the same file name first, then the oldest film."""
        self._match_by_key(lambda content, path: (content, file_name(path)))
        self._match_by_key(lambda content, path: content)

    def _match_by_key(self, key: Callable[[str, str], Hashable]) -> None:
        """Give each file the first film with the same key of content hash and path."""
        candidates: dict[Hashable, deque[KnownAsset]] = defaultdict(deque)
        for asset in self._assets.values():
            candidates[key(asset.content_hash, asset.path)].append(asset)
        for file in list(self._files.values()):
            if matching := candidates.get(key(file.content_hash, file.path)):
                self._match(matching.popleft(), file)

    def _match_by_path(self) -> None:
        """Other content at a known path."""
        for asset in list(self._assets.values()):
            if (file := self._files.get(asset.path)) is not None:
                self._match(asset, file)

    def _split_new(
        self, held: Iterable[KnownAsset]
    ) -> tuple[tuple[SeenFile, ...], tuple[Duplicate, ...]]:
        originals = {match.file.content_hash: path for path, match in self._matches_by_path()}
        for asset in held:
            originals.setdefault(asset.content_hash, asset.path)
        new, duplicates = [], []
        for file in self._files.values():
            if file.content_hash in originals:
                duplicates.append(Duplicate(file, originals[file.content_hash]))
            else:
                originals[file.content_hash] = file.path
                new.append(file)
        return tuple(new), tuple(duplicates)

    def _matches_by_path(self) -> list[tuple[str, Match]]:
        return sorted(self._matches.items(), reverse=True)  # the first path is written last

    def _split_absent(self) -> tuple[list[KnownAsset], tuple[KnownAsset, ...]]:
        """Films without a file: left as they are, or missing from now on."""
        kept: list[KnownAsset] = []
        missing: list[KnownAsset] = []
        for asset in self._assets.values():
            unknown = (
                asset.missing
                or asset.path in self._occupied
                or not is_under_any(asset.path, self._only)
            )
            (kept if unknown else missing).append(asset)
        return kept, tuple(missing)

    def _sorted_matches(self) -> dict[str, tuple[Match, ...]]:
        kinds: dict[str, list[Match]] = {
            kind: [] for kind in ("unchanged", "moved", "returned", "changed")
        }
        for _, match in sorted(self._matches.items()):
            kinds[_kind(match)].append(match)
        return {kind: tuple(matches) for kind, matches in kinds.items()}


def _kind(match: Match) -> str:
    if match.asset.content_hash != match.file.content_hash:
        return "changed"
    if match.asset.missing:
        return "returned"
    return "unchanged" if match.asset.path == match.file.path else "moved"
