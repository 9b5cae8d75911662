"""Relative posix paths inside a library, as plain text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from rushes.errors import InvalidRequestError

# An entry of a Postgres btree holds about 2,700 bytes; a path shares it with the library's slug.
MAX_PATH_BYTES = 2000


def is_under(path: str, prefix: str) -> bool:
    """Whether `path` is `prefix` or lies beneath it; the empty prefix is the root."""
    return not prefix or path == prefix or path.startswith(prefix + "/")


def is_under_any(path: str, prefixes: Iterable[str]) -> bool:
    """Whether `path` lies in one of `prefixes`."""
    return any(is_under(path, prefix) for prefix in prefixes)


def normalised_prefix(text: str) -> str:
    """A relative folder or file path without `.` and doubled slashes; `""` is the root.

    Raises InvalidRequestError `invalid_path` for an absolute path or one that climbs out.
    """
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if text.startswith("/") or ".." in parts:
        raise InvalidRequestError(
            f"{text!r} is not a path inside the library",
            code="invalid_path",
            remedy="give it relative to the library's root",
        )
    return "/".join(parts)


def file_name(path: str) -> str:
    """The last name of `path`."""
    return path.rpartition("/")[2]


def is_utf8(path: str) -> bool:
    """Whether the name's bytes are UTF-8 (Python marks others with lone surrogates)."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def displayed(path: str) -> str:
    """`path` as text that any table holds: foreign bytes as `\\xNN`, the overlong shortened."""
    text = path.encode(errors="surrogateescape").decode(errors="backslashreplace")
    if len(text.encode()) <= MAX_PATH_BYTES:
        return text
    mark = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    return f"{text[:200]}...{mark}...{text[-200:]}"
