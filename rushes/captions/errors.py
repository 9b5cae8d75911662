"""What is wrong with a caption file."""

from __future__ import annotations

from rushes.errors import InvalidRequestError


def bad_captions(name: str, what: str, line: int | None = None) -> InvalidRequestError:
    """`bad_captions`: the file's name, its line where that is known, and what is wrong."""
    place = name if line is None else f"{name}, line {line}"
    return InvalidRequestError(
        f"{place}: {what}",
        code="bad_captions",
        remedy="mend the file, or leave it out: the film is transcribed then",
    )
