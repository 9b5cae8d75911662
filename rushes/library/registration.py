"""Which library a path belongs to. Pure decisions; `LibraryService.add` carries them out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rushes.errors import InvalidRequestError, NotFoundError
from rushes.library.globs import film_matcher, glob_matcher
from rushes.library.listing import is_passed_over
from rushes.library.paths import displayed, is_under_any, is_utf8
from rushes.library.records import Library


@dataclass(frozen=True, slots=True)
class Place:
    """An existing folder or file, absolute, its folder free of links."""

    path: Path
    is_file: bool

    @property
    def folder(self) -> Path:
        return self.path.parent if self.is_file else self.path


def find_place(path: Path) -> Place:
    """The folder or file at `path`. Raises NotFoundError `path_not_found`, or name_not_utf8."""
    # The last name of a linked file is kept: the link, not its target, lies in the library.
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - unlike Path.resolve, follows no link
    if not is_utf8(str(absolute)):
        raise InvalidRequestError(
            f"{displayed(str(absolute))!r} is not UTF-8", code="name_not_utf8", remedy="rename it"
        )
    if absolute.is_dir():
        return Place(absolute.resolve(), is_file=False)
    if absolute.is_file():
        return Place(absolute.parent.resolve() / absolute.name, is_file=True)
    raise NotFoundError(
        f"there is no folder or film at {str(absolute)!r}",
        code="path_not_found",
        remedy="check the path, and that the drive is connected",
    )


def relative_to_root(path: Path, root: Path) -> str | None:
    """`path` below `root` as posix text, `""` for the root itself, None for elsewhere."""
    if not path.is_relative_to(root):
        return None
    relative = path.relative_to(root).as_posix()
    return "" if relative == "." else relative


def covering_library(place: Place, libraries: Iterable[Library]) -> Library | None:
    """The library to use for `place`: the innermost that covers it, or one with that very root.

    A library that is limited to some films of a folder far above does not take in what is below.
    """
    around = [
        library
        for library in libraries
        if covers(library, place.path) or place.folder == library.root
    ]
    return max(
        around,
        key=lambda library: (covers(library, place.path), len(library.root.parts)),
        default=None,
    )


def covers(library: Library, path: Path) -> bool:
    """Whether `path` lies in what the library is limited to."""
    relative = relative_to_root(path, library.root)
    return relative is not None and is_under_any(relative, library.only)


def widened(only: Sequence[str], prefix: str) -> list[str]:
    """The prefixes of a limited library once `prefix` belongs to it too."""
    return [*(old for old in only if not is_under_any(old, [prefix])), prefix]


def check_is_listed(prefix: str, place: Place, library: Library) -> None:
    """Refuse a path that no scan of the library would find: `not_a_film` or `path_excluded`."""
    parts = prefix.split("/") if prefix else []
    parents = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    is_excluded = glob_matcher(library.exclude)
    if is_passed_over(prefix) or any(map(is_excluded, parents)):
        raise InvalidRequestError(
            f"{prefix!r} is hidden or excluded in library {library.slug!r}",
            code="path_excluded",
            remedy="rename it or change the library's exclude globs",
        )
    if place.is_file and not film_matcher(library.include)(prefix):
        raise InvalidRequestError(
            f"{prefix!r} is not taken for a film in library {library.slug!r}",
            code="not_a_film",
            remedy="rename it to end in a video's extension, or change the include globs",
        )


def nested_prefixes(library: Library, others: Iterable[Library], data_dir: Path) -> list[str]:
    """What a scan of `library` leaves to libraries inside it, and the data of Rushes itself."""
    prefixes = [relative_to_root(data_dir, library.root)]
    for other in others:
        if other.slug != library.slug and other.root != library.root:
            prefixes += [
                relative_to_root(other.root / prefix, library.root) for prefix in other.only
            ]
    return sorted(prefix for prefix in prefixes if prefix)
