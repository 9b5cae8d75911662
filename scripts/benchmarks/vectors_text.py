"""Embeddings of real text: what the installed packages say of themselves, window by window."""

from __future__ import annotations

import re
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rushes.analysis.embeddings.text_analyser import (
    TextEmbeddingsAnalyser,
    make_text_embeddings_analyser,
)
from rushes.analysis.profiles import load_profiles
from rushes.models.catalogue import Catalogue
from rushes.settings import Settings

MODEL: Final = "fast"
"""The profile whose text model comes with the packages."""
LARGER: Final = "all-minilm-l6-v2"
"""A model of 384 dimensions, which does not."""
LEAST_CHARACTERS, MOST_CHARACTERS = 40, 280
"""Of a window: a sentence or two, as much as is said in a scene."""
_DOCUMENTS: Final = ("*.md", "*.rst", "METADATA")
_DOCSTRING = re.compile(r"(?:\A|:[ \t]*\n)\s*[rRuU]?(\"\"\"|''')(.*?)\1", re.DOTALL)
_SENTENCE_END = re.compile(r"(?<=[.!?:])\s+|\n\s*\n")
_BATCH: Final = 2_000


@dataclass(frozen=True, slots=True)
class TextVectors:
    """Unit vectors, no two alike, in an order by chance. `rows`: float32 (n, dimension)."""

    rows: NDArray[np.float32]
    windows: int
    model: str
    note: str


def text_vectors(most: int, seed: int = 1) -> TextVectors:
    """At most so many vectors of the windows that are here."""
    analyser = bundled_analyser()
    windows = list(dict.fromkeys(windows_of(_texts())))
    chance = np.random.default_rng(seed)
    chosen = [windows[number] for number in chance.permutation(len(windows))[:most]]
    made = [vector for vector in _embedded(analyser, chosen) if vector is not None]
    rows = distinct(np.frombuffer(b"".join(made), "<f4").reshape(len(made), -1))
    return TextVectors(rows, len(chosen), analyser.space.model, _note(rows.shape[1]))


def bundled_analyser() -> TextEmbeddingsAnalyser:
    """The static text model of the packages."""
    settings = Settings(data_dir=Path(tempfile.gettempdir()), offline=True)
    options = load_profiles(settings).stage(MODEL, "text_embeddings")
    return make_text_embeddings_analyser(settings, Catalogue(settings), options)


def docstrings(source: str) -> Iterator[str]:
    """The strings that begin a module, a class or a function."""
    return (found[2] for found in _DOCSTRING.finditer(source))


def windows_of(texts: Iterable[str]) -> Iterator[str]:
    """Whole sentences, one or several, of 40 to 280 characters where they allow it."""
    for text in texts:
        window = ""
        for sentence in _SENTENCE_END.split(text):
            piece = " ".join(sentence.split())
            if window and len(window) + len(piece) >= MOST_CHARACTERS:
                yield from _long_enough(window)
                window = ""
            window = f"{window} {piece}".strip()[:MOST_CHARACTERS]
        yield from _long_enough(window)


def distinct(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Without the later ones of equal rows."""
    _, first = np.unique(rows, axis=0, return_index=True)
    return np.ascontiguousarray(rows[np.sort(first)])


def _long_enough(window: str) -> Iterator[str]:
    if len(window) >= LEAST_CHARACTERS:
        yield window


def _texts() -> Iterator[str]:
    paths = sysconfig.get_paths()
    packages, standard = Path(paths["purelib"]), Path(paths["stdlib"])
    for root in (packages, standard):
        for path in sorted(root.rglob("*.py")):
            if root is packages or packages not in path.parents:
                yield from docstrings(_read(path))
    for pattern in _DOCUMENTS:
        yield from map(_read, sorted(packages.rglob(pattern)))


def _read(path: Path) -> str:
    return path.read_text("utf-8", errors="replace")


def _embedded(analyser: TextEmbeddingsAnalyser, windows: Sequence[str]) -> Iterator[bytes | None]:
    for first in range(0, len(windows), _BATCH):
        yield from analyser.embed_texts(windows[first : first + _BATCH])


def _note(dimension: int) -> str:
    if Catalogue(Settings(data_dir=Path(tempfile.gettempdir()))).locate(LARGER) is None:
        return f"no model of 384 dimensions is here: the bundled one has {dimension}"
    return f"the bundled model has {dimension} dimensions; {LARGER} is here and not asked"
