"""Conditions that a request makes on what it has already (RFC 9110, section 13)."""

from __future__ import annotations


def names_tag(if_none_match: str | None, tag: str) -> bool:
    """Whether If-None-Match names `tag`, or any."""
    given = {each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")}
    return bool({"*", tag} & given)


def range_holds(if_range: str | None, tag: str, last_modified: str) -> bool:
    """Whether a Range may be answered with a part; a weak tag never allows it."""
    return if_range is None or if_range.strip() in (tag, last_modified)
