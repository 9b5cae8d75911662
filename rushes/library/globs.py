"""Include and exclude patterns of a library."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

# What ffmpeg demuxes as video and cameras, recorders and editors write.
_EXTENSIONS = (
    "3g2 3gp 3gpp asf avi divx dv f4v flv insv lrv m1v m2t m2ts m2v m4v mj2 mjpeg mjpg mkv mod "
    "mov mp4 mpe mpeg mpg mpv mts mxf nut ogm ogv qt rm rmvb tod ts vob webm wmv wtv y4m"
)
VIDEO_EXTENSIONS = frozenset(_EXTENSIONS.split())

Matcher = Callable[[str], bool]


def film_matcher(include: Sequence[str]) -> Matcher:
    """Whether a relative path is a film: one of `include`, or by extension when that is empty."""
    return glob_matcher(include) if include else _has_video_extension


def glob_matcher(patterns: Sequence[str]) -> Matcher:
    """Whether a relative posix path matches one of `patterns`; case does not count.

    A pattern without a slash is tried on the last name, one with a slash on the whole path;
    `**` spans folders; one that ends in a slash names a folder and what lies beneath it.
    """
    expressions = [_compiled(pattern) for pattern in patterns]

    def matches(path: str) -> bool:
        name = path.rpartition("/")[2]
        return any(
            expression.fullmatch(path if whole else name) for expression, whole in expressions
        )

    return matches


def _has_video_extension(path: str) -> bool:
    stem, dot, extension = path.rpartition("/")[2].rpartition(".")
    return bool(stem and dot) and extension.lower() in VIDEO_EXTENSIONS


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> tuple[re.Pattern[str], bool]:
    """The expression, and whether it is for the whole path."""
    body = pattern.rstrip("/")
    folder = body != pattern
    whole = folder or "/" in body
    expression = _translated(body.lstrip("/"))
    if folder:
        expression = f"(?:.*/)?{expression}(?:/.*)?" if "/" not in body else f"{expression}(?:/.*)?"
    return re.compile(expression, re.IGNORECASE | re.DOTALL), whole


_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)
_FIXED = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _translated(pattern: str) -> str:
    return "".join(_translated_token(match.group()) for match in _TOKEN.finditer(pattern))


def _translated_token(token: str) -> str:
    if token in _FIXED:
        return _FIXED[token]
    if len(token) > 2 and token.startswith("["):
        negated = token[1] == "!"
        members = re.sub(r"([\\\[&~|^])", r"\\\1", token[2 if negated else 1 : -1])
        return f"[{'^' if negated else ''}{members}]"
    return re.escape(token)
