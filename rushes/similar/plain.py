"""An answer as plain values, the same over HTTP and for `--json`."""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter
from typing import Any, Final

from rushes.similar.question import PictureAnswer
from rushes.similar.request import SearchedSpace, SimilarAnswer, SimilarHit

_DIGITS: Final = 6
"""Of scores; float32 has no more."""
_MS_DIGITS: Final = 2
_HIT: Final = tuple(each.name for each in fields(SimilarHit))
_SPACE: Final = tuple(each.name for each in fields(SearchedSpace))
_hit_values = attrgetter(*_HIT)
_space_values = attrgetter(*_SPACE)


def plain_answer(answer: SimilarAnswer) -> dict[str, Any]:
    """One page with all that a reader needs; times are datetimes still."""
    faces = answer.faces if isinstance(answer, PictureAnswer) else []
    return {
        "hits": [_hit(each) for each in answer.hits],
        "has_more": answer.has_more,
        "spaces": [dict(zip(_SPACE, _space_values(each), strict=True)) for each in answer.spaces],
        "missing": [{"what": each.what, "why": each.why} for each in answer.missing],
        "faces": [
            {name: getattr(each, name) for name in ("x", "y", "width", "height", "quality")}
            | {"is_asked": each.is_asked}
            for each in faces
        ],
        "took_ms": round(answer.took_ms, _MS_DIGITS),
    }


def _hit(hit: SimilarHit) -> dict[str, Any]:
    values = dict(zip(_HIT, _hit_values(hit), strict=True))
    person = hit.person
    values["score"] = round(hit.score, _DIGITS)
    values["person"] = person and {"cluster_id": person.cluster_id, "name": person.name}
    return values
