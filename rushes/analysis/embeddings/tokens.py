"""Tokenizers from their JSON file, never cutting and never filling what they read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rushes.errors import AnalysisError

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def open_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer, its own truncation and padding turned off.

    AnalysisError `model_corrupt` where the file is none, `model_unavailable` where it is missing.
    """
    from tokenizers import Tokenizer

    if not path.is_file():
        raise AnalysisError(
            f"the model's tokenizer is missing: {path}",
            code="model_unavailable",
            remedy="fetch the model again, or mend `tokenizer` in the profile",
        )
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises plain Exception
        raise AnalysisError(
            f"the tokenizer {path.name} cannot be read: {error}",
            code="model_corrupt",
            remedy=f"fetch the model again: {path}",
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
