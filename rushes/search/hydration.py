"""Adds to the scenes of an answer what a page shows: the film as it is now, and the evidence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from rushes.db.reading import kept
from rushes.search.evidence import MOST_EVIDENCE, Finder
from rushes.search.found import FoundScene
from rushes.search.named_things import NamedThings, meant_by
from rushes.search.query.shaping import Leaf
from rushes.search.request import Evidence, SearchHit
from rushes.search.row_patterns import lexeme_query, text_pattern

_HERE = Path(__file__).parent
_CANDIDATES: Final = 2 * MOST_EVIDENCE
"""Texts of each source that are looked at for a scene; the best of them are shown."""


def hydrate(
    connection: Connection,
    scenes: Sequence[FoundScene],
    leaves: Sequence[Leaf],
    serial: int,
    things: NamedThings | None = None,
) -> list[SearchHit]:
    """The hits of one page in order. A scene whose rev was not live at `serial` has none.

    One statement reads them; a second one names, once a process, words that no text had before.
    `things`: what the leaves mean by name, where that is known already.
    """
    if not scenes:
        return []
    things = meant_by(connection, leaves) if things is None else things
    rows = kept(_HERE, "hits").rows(connection, _values(scenes, leaves, serial, things))
    finder = Finder.of(connection, leaves, things, rows)
    return [_hit(scenes[row.place], row, finder) for row in rows]


def _values(
    scenes: Sequence[FoundScene], leaves: Sequence[Leaf], serial: int, things: NamedThings
) -> dict[str, Any]:
    lexemes, pattern = lexeme_query(leaves), text_pattern(leaves)
    return {
        "hits": json.dumps([_asked(place, scene) for place, scene in enumerate(scenes)]),
        "serial": serial,
        "lexemes": lexemes,
        "pattern": pattern,
        "most": _CANDIDATES,
        "has_text": lexemes is not None or pattern is not None,
        "has_things": bool(things.of_kind),
        "objects": things.ids("object"),
        "places": things.ids("place"),
        "people": things.ids("person"),
    }


def _asked(place: int, scene: FoundScene) -> dict[str, Any]:
    return {
        "place": place,
        "asset_id": scene.asset_id,
        "scene_id": scene.scene_id,
        "start_ms": scene.start_ms,
        "end_ms": scene.end_ms,
        "run_ids": scene.run_ids,
        "rev": scene.rev,
    }


def _hit(scene: FoundScene, row: Any, finder: Finder) -> SearchHit:
    evidence = finder.evidence(scene, row)
    start_ms, end_ms = _moment(scene, evidence)
    return SearchHit(
        doc_id=scene.doc_id,
        asset_id=scene.asset_id,
        scene_id=scene.scene_id,
        scene_index=scene.scene_index,
        scene_start_ms=scene.start_ms,
        scene_end_ms=scene.end_ms,
        start_ms=start_ms,
        end_ms=end_ms,
        library=row.library_slug,
        path=row.path,
        capture_time=row.capture_time,
        film_duration_ms=row.duration_ms,
        is_favorite=row.is_favorite,
        playable=row.playable,
        preview_ready=row.preview_ready,
        offline_ready=row.offline_ready,
        library_status=row.status,
        volume_label=row.volume_label,
        evidence=evidence,
    )


def _moment(scene: FoundScene, evidence: Sequence[Evidence]) -> tuple[int, int]:
    """Of the best evidence, as far as it lies in the scene."""
    for best in evidence:
        start_ms, end_ms = max(best.start_ms, scene.start_ms), min(best.end_ms, scene.end_ms)
        if start_ms < end_ms:
            return start_ms, end_ms
    return scene.start_ms, scene.end_ms


def people_names(connection: Connection, people_ids: Sequence[str]) -> dict[str, str]:
    """Id -> name of those of these people who have one."""
    if not people_ids:
        return {}
    rows = kept(_HERE, "people_names").rows(connection, {"people": list(people_ids)})
    return {row.cluster_id: row.name for row in rows}
