"""Short names of libraries."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from rushes.errors import InvalidRequestError

_MAX_LENGTH = 63
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def slug_from_name(name: str, taken: Collection[str]) -> str:
    """A slug for a folder called `name` that is not in `taken`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_MAX_LENGTH].rstrip("-") or "library"
    slug, number = base, 1
    while slug in taken:
        number += 1
        ending = f"-{number}"
        slug = base[: _MAX_LENGTH - len(ending)] + ending
    return slug


def checked_slug(slug: str) -> str:
    """`slug` itself. Raises InvalidRequestError `invalid_slug`."""
    if _SLUG.fullmatch(slug):
        return slug
    raise InvalidRequestError(
        f"{slug!r} is not a library name",
        code="invalid_slug",
        remedy="use up to 63 of a-z, 0-9, - and _, the first a letter or digit",
    )
