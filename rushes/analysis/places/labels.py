"""Class names of a classifier, in the order of its outputs, from the usual kinds of file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from rushes.errors import AnalysisError

_PLACES365: Final = re.compile(r"/[a-z]/(?P<name>\S+) (?P<number>\d+)")
_WORDNET: Final = re.compile(r"n\d{8} (?P<name>\S.*)")


def read_labels(path: Path) -> tuple[str, ...]:
    """The names in a file: one a line, a JSON list, or a JSON object from number to name.

    Lines of Places365 (`/a/apartment_building/outdoor 8`) give `apartment building/outdoor`,
    those of ImageNet lose their WordNet number. AnalysisError `model_unavailable` where the file
    is missing, `model_corrupt` where it names no classes or numbers with gaps.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        names = _of_json(json.loads(text)) if path.suffix == ".json" else _of_lines(text)
    except FileNotFoundError as error:
        raise AnalysisError(
            f"the model's label file is missing: {path}",
            code="model_unavailable",
            remedy="fetch the model again, or name the file as `labels` in the profile",
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _bad(path, str(error)) from error
    if not names or not all(names):
        raise _bad(path, "it names no classes, or one has no name")
    return names


def _of_json(content: Any) -> tuple[str, ...]:
    if isinstance(content, dict):
        content = [content[str(number)] for number in range(len(content))]
    if not isinstance(content, list) or not all(isinstance(each, str) for each in content):
        raise ValueError("it is neither a list of names nor an object from number to name")
    return tuple(each.strip() for each in content)


def _of_lines(text: str) -> tuple[str, ...]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    numbered = [_PLACES365.fullmatch(line) for line in lines]
    if lines and all(numbered):
        by_number = {int(each["number"]): each["name"] for each in numbered if each}
        return tuple(by_number[number].replace("_", " ") for number in range(len(lines)))
    wordnet = [_WORDNET.fullmatch(line) for line in lines]
    if lines and all(wordnet):
        return tuple(each["name"] for each in wordnet if each)
    return tuple(lines)


def _bad(path: Path, why: str) -> AnalysisError:
    return AnalysisError(
        f"the label file {path} cannot be read: {why}",
        code="model_corrupt",
        remedy="give one label a line, in the order of the model's outputs",
    )
