"""An answer as plain values, the same over HTTP and for `--json`."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Final

from rushes.search.request import (
    Evidence,
    FacetValue,
    FoundBy,
    Missing,
    Reason,
    SearchAnswer,
    SearchHit,
)

_MS_DIGITS: Final = 2
_HIT: Final = (
    *("doc_id", "asset_id", "scene_id", "scene_index", "scene_start_ms", "scene_end_ms"),
    *("start_ms", "end_ms", "library", "path", "capture_time", "film_duration_ms"),
    *("is_favorite", "playable", "preview_ready", "offline_ready"),
    *("library_status", "volume_label"),
)
_OF_BEST: Final = (
    *("source", "text", "snippet", "artifact_id", "run_id", "segment_start_ms"),
    *("segment_end_ms", "origin", "producer", "model_profile"),
)
"""Of its best evidence a hit has these of its own: most readers need no more."""
_EVIDENCE: Final = (*_OF_BEST, "start_ms", "end_ms")
_hit_values = attrgetter(*_HIT)
_best_values = attrgetter(*_OF_BEST)
_evidence_values = attrgetter(*_EVIDENCE)
_REASON: Final = ("score", "space", "artifact_id", "start_ms", "end_ms")
_reason_values = attrgetter(*_REASON)
_NO_EVIDENCE: Final = dict.fromkeys((*_OF_BEST, "kind"))


def plain_answer(answer: SearchAnswer) -> dict[str, Any]:
    """One page with all that a reader needs; times are datetimes still."""
    return {
        "query": answer.query,
        "search_source": answer.search_source.value,
        "mode": answer.mode.value,
        "matched": answer.matched.value,
        "total": answer.total,
        "is_approximate": answer.is_approximate,
        "took_ms": round(answer.took_ms, _MS_DIGITS),
        "hits": [_hit(each) for each in answer.hits],
        "facets": {name: [_value(each) for each in found] for name, found in answer.facets.items()},
        "missing": [_missing(each) for each in answer.missing],
    }


def _hit(hit: SearchHit) -> dict[str, Any]:
    best = hit.evidence[0] if hit.evidence else None
    return {
        **dict(zip(_HIT, _hit_values(hit), strict=True)),
        **(_best(best) if best else _NO_EVIDENCE),
        "evidence": [_evidence(each) for each in hit.evidence],
        "reasons": [_reason(each) for each in hit.reasons],
    }


def _best(evidence: Evidence) -> dict[str, Any]:
    return {
        **dict(zip(_OF_BEST, _best_values(evidence), strict=True)),
        "kind": evidence.source,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return dict(zip(_EVIDENCE, _evidence_values(evidence), strict=True))


def _reason(reason: Reason) -> dict[str, Any]:
    """A text needs no more than its rank."""
    plain = {"by": reason.by.value, "rank": reason.rank}
    if reason.by is FoundBy.TEXT:
        return plain
    return {**plain, **dict(zip(_REASON, _reason_values(reason), strict=True))}


def _value(found: FacetValue) -> dict[str, Any]:
    return {"value": found.value, "label": found.label, "count": found.count}


def _missing(missing: Missing) -> dict[str, Any]:
    return {"what": missing.what, "why": missing.why}
