"""Who a document is: deterministic ids, and the names that may become part of a path."""

from __future__ import annotations

import hashlib
import json
import re

from rushes.errors import InvalidRequestError

DOC_ID_HEX_DIGITS = 20
"""80 bits of sha256: at 10^8 documents the odds of a collision are about 4e-9."""

_STAGE = re.compile(r"[a-z0-9][a-z0-9_]*")
_DOC_ID = re.compile(rf"[0-9a-f]{{{DOC_ID_HEX_DIGITS}}}")
_SUFFIX = re.compile(r"[a-z0-9]{1,16}(\.[a-z0-9]{1,16})?")
_FILE_NAME = re.compile(rf"(raw|prompt|parsed)\.{_SUFFIX.pattern}")


def task_id(stage: str, asset_id: str, content_version: int, config_hash: str) -> str:
    """What is to be done: 64 hex digits for one stage, film, content version and configuration."""
    return _digest("task", stage, asset_id, content_version, config_hash)


def logical_key_id(stage: str, content_hash: str, config_hash: str) -> str:
    """The work itself, whichever duplicate of a film asks for it: 64 hex digits."""
    return _digest("logical", stage, content_hash, config_hash)


def doc_id(logical_key_id: str, run_id: str, attempt: int) -> str:
    """One try at that work: the 20 hex digits that name the document's folder."""
    return _digest("document", logical_key_id, run_id, attempt)[:DOC_ID_HEX_DIGITS]


def is_stage(name: str) -> bool:
    """Whether `name` may be a stage's folder: lower case, digits, `_`, no leading `_`."""
    return _STAGE.fullmatch(name) is not None


def is_doc_id(name: str) -> bool:
    """Whether `name` may be a document's folder."""
    return _DOC_ID.fullmatch(name) is not None


def is_file_name(name: str) -> bool:
    """Whether `name` may be a file that a document lists, such as `raw.json`."""
    return _FILE_NAME.fullmatch(name) is not None


def checked_stage(name: str) -> str:
    """`name`, or InvalidRequestError: nothing else may become a path below the root."""
    if not is_stage(name):
        raise InvalidRequestError(
            f"{name!r} is not the name of a stage",
            remedy="use lower-case letters, digits and _, not beginning with _",
        )
    return name


def checked_doc_id(name: str) -> str:
    """`name`, or InvalidRequestError."""
    if not is_doc_id(name):
        raise InvalidRequestError(
            f"{name!r} is not a document id", remedy=f"give its {DOC_ID_HEX_DIGITS} hex digits"
        )
    return name


def checked_suffix(suffix: str) -> str:
    """`suffix` (`json`, `srt`, `tar.gz`), or InvalidRequestError."""
    if not _SUFFIX.fullmatch(suffix):
        raise InvalidRequestError(
            f"{suffix!r} cannot end a document's file name",
            remedy="use one or two parts of lower-case letters and digits, such as json",
        )
    return suffix


def _digest(*parts: str | int) -> str:
    """sha256 over a JSON list, so that no two lists of parts run together to one text."""
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()
