"""Caption files beside films: `film.srt`, `film.en.srt`, `film.vtt`, `film.en-GB.vtt`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from rushes.captions.languages import UNKNOWN, language_of_tag
from rushes.library.globs import VIDEO_EXTENSIONS
from rushes.library.records import Video

EXTENSIONS = frozenset({"srt", "vtt"})

# `en`, `en-GB`, `zh-Hant`, `eng`; longer words, such as `forced`, are no languages.
_TAG = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A caption file; `language` is a code of ISO 639-1, or `und`."""

    path: Path
    language: str


def find_sidecars(films: Iterable[Video]) -> dict[str, list[Sidecar]]:
    """The caption files beside each film by asset_id, the one to take first; others left out.

    First comes the one that is named like the film alone, then those of a known language. A link
    that leads out of the library is not followed; a folder that cannot be read has no captions.
    """
    folders: dict[tuple[str, Path], list[Video]] = defaultdict(list)
    for film in films:
        folders[film.library_root, film.source_path.parent].append(film)
    found: dict[str, list[Sidecar]] = {}
    for (root, folder), members in folders.items():
        captions = _captions_in(folder, Path(root).resolve())
        for film in members:
            if sidecars := captions.get(_comparable(film.source_path.stem)):
                found[film.asset_id] = [sidecar for _, sidecar in sorted(sidecars, key=_order)]
    return found


def language_beside(file: Path, film: Video) -> str:
    """The language that a caption file's name tells, wherever the file lies; else `und`."""
    if _comparable(file.stem) == _comparable(film.source_path.stem):
        return UNKNOWN  # `what it is.srt` of `what it is.mp4` is not in Icelandic
    return language_of_tag(_split(file.stem)[1])


def _captions_in(folder: Path, root: Path) -> dict[str, list[tuple[str, Sidecar]]]:
    """Film's stem -> (tag, caption file) of all caption files in a folder."""
    names = _names(folder)
    taken = {stem for stem, extension in names if extension in VIDEO_EXTENSIONS}
    found: dict[str, list[tuple[str, Sidecar]]] = defaultdict(list)
    for (stem, extension), name in names.items():
        path = folder / name
        if extension not in EXTENSIONS or not _is_inside(path, root):
            continue
        found[stem].append(("", Sidecar(path, UNKNOWN)))
        base, tag = _split(stem)
        if tag and stem not in taken:  # a film of that very name has them, not the shorter one
            found[base].append((tag, Sidecar(path, language_of_tag(tag))))
    return found


def _names(folder: Path) -> dict[tuple[str, str], str]:
    """(comparable stem, lower-case extension) -> name, in the order of names."""
    try:
        names = sorted(each.name for each in folder.iterdir())
    except OSError:
        return {}
    return {(_comparable(Path(each).stem), Path(each).suffix[1:].lower()): each for each in names}


def _split(stem: str) -> tuple[str, str]:
    """The film's stem and the tag of `film.en`; the tag is empty where there is none."""
    base, _, tag = stem.rpartition(".")
    return (base, tag) if base and _TAG.fullmatch(tag) else (stem, "")


def _order(found: tuple[str, Sidecar]) -> tuple[bool, bool, str]:
    tag, sidecar = found
    return (bool(tag), sidecar.language == UNKNOWN, sidecar.path.name)


def _is_inside(path: Path, root: Path) -> bool:
    try:
        return path.is_file() and path.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # gone meanwhile, or a loop of links
        return False


def _comparable(name: str) -> str:
    """Names of one look are one name: macOS writes accents apart from their letters."""
    return normalize("NFC", name)
