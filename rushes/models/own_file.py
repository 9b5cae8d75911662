"""Weights of a person's own: a file that a profile names by its path."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from rushes.errors import AnalysisError
from rushes.models.entry import ModelEntry, ModelFile, ModelKind, sha256_of_file

WEIGHT_SUFFIXES = (".onnx", ".pt", ".pth", ".safetensors")
_HASH_DIGITS = 12


def names_a_file(name: str) -> bool:
    """Whether a model's name is a path: it has a separator or the suffix of a weights file."""
    return "/" in name or os.sep in name or name.lower().endswith(WEIGHT_SUFFIXES)


def place_of(name: str, root: Path) -> Path:
    """Where the named file would lie: `~` is understood, a relative path begins at `root`.

    Not at the working directory: what Dagster starts has another one than the command line.
    """
    return root / Path(name).expanduser()


def entry_of_file(path: Path) -> ModelEntry | None:
    """The file as a model named `stem@sha256[:12]`, so that a changed file is another model.

    None where there is no such file. AnalysisError `model_unavailable` where it is of no use.
    """
    try:
        facts = path.stat()
        if not path.is_file():
            raise _unusable(path, "is not a file")
        if facts.st_size == 0:
            raise _unusable(path, "is empty")
        sha256 = _sha256(path, facts.st_size, facts.st_mtime_ns)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unusable(path, f"cannot be read: {error.strerror or error}") from error
    return ModelEntry(
        name=f"{path.stem}@{sha256[:_HASH_DIGITS]}",
        purpose="own",
        kind=ModelKind.FILE,
        origin=str(path),
        licence="not known",
        size_bytes=facts.st_size,
        files=(ModelFile(name=path.name, sha256=sha256),),
    )


@lru_cache(maxsize=64)
def _sha256(path: Path, size_bytes: int, changed_ns: int) -> str:
    """The file's hash, read again only where its size or time differ."""
    return sha256_of_file(path)


def _unusable(path: Path, what: str) -> AnalysisError:
    return AnalysisError(
        f"the model file {path} {what}",
        code="model_unavailable",
        remedy="mend it, or name another model in the profile",
    )
