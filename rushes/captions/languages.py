"""ISO 639-1: the two-letter codes, and the tags (`en`, `en-GB`) that begin with one."""

from __future__ import annotations

from typing import Final

from rushes.errors import InvalidRequestError

UNKNOWN: Final = "und"

_CODES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv "
    "cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr "
    "ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw "
    "ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv "
    "ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr "
    "ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi "
    "yo za zh zu"
)
ISO_639_1: Final = frozenset(_CODES.split())


def language_of_tag(tag: str) -> str:
    """`en` of `en`, `EN` and `en-GB`; `und` where the tag begins with no code of ISO 639-1."""
    code = tag.replace("_", "-").partition("-")[0].lower()
    return code if code in ISO_639_1 else UNKNOWN


def checked_language(tag: str) -> str:
    """The code of a tag that a person gave; `und` may be said. InvalidRequestError otherwise."""
    language = language_of_tag(tag)
    if language == UNKNOWN and tag.lower() != UNKNOWN:
        raise InvalidRequestError(
            f"{tag!r} is not a language", remedy="give a code of ISO 639-1 such as en, or und"
        )
    return language
