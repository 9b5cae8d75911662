"""Scenes that answer by one moment: a sentence that runs over a cut belongs to both."""

from __future__ import annotations

from collections import defaultdict

from rushes.search.request import SearchHit


def where_it_was_said_first(hits: list[SearchHit]) -> list[SearchHit]:
    """Of scenes that share a moment, the one in which it lies comes before its neighbours."""
    places: dict[tuple[str, int, int], list[int]] = defaultdict(list)
    for place, hit in enumerate(hits):
        if hit.evidence:
            places[hit.asset_id, hit.start_ms, hit.end_ms].append(place)
    ordered = list(hits)
    for shared in places.values():
        if len(shared) > 1:
            theirs = sorted((hits[place] for place in shared), key=_is_neighbour)
            for place, hit in zip(shared, theirs, strict=True):
                ordered[place] = hit
    return ordered


def _is_neighbour(hit: SearchHit) -> bool:
    return not hit.scene_start_ms <= hit.start_ms < hit.scene_end_ms
