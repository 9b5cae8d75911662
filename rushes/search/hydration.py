"""Adds to the scenes of an answer what a page shows: the film as it is now, and the evidence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from rushes.db.reading import kept
from rushes.search.evidence import MOST_EVIDENCE, Finder, nearest_in_meaning
from rushes.search.found import FoundScene
from rushes.search.named_things import NamedThings
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
    things: NamedThings,
    named: Sequence[str] = (),
    libraries: Sequence[str] = (),
) -> tuple[list[SearchHit], dict[str, str]]:
    """The hits of one page in order, and the names of those of the people `named` who have one.

    `libraries`: where the films have to be now; none: anywhere.

    A scene whose rev was not live at `serial` has no hit, nor has one that was found by meaning
    alone where nothing of that answers any more. One statement reads all; a second one brings, once
    a process, words to their stems that no text had before.
    """
    rows: Sequence[Any] = ()
    if scenes:
        values = _values(scenes, leaves, serial, things, named)
        values["libraries"] = list(libraries) or None
        rows = kept(_HERE, "hits").rows(connection, values)
    if not rows:
        return [], _people_names(connection, named)
    finder = Finder.of(connection, leaves, things, rows)
    hits = [_hit(scene, row, finder) for row in rows if _answers(scene := scenes[row.place], row)]
    return hits, rows[0].names or {}


def _values(
    scenes: Sequence[FoundScene],
    leaves: Sequence[Leaf],
    serial: int,
    things: NamedThings,
    named: Sequence[str],
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
        "named": list(named),
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
        "meant": scene.meant or None,
    }


def _answers(scene: FoundScene, row: Any) -> bool:
    return scene.is_by_text or bool(row.meant)


def _hit(scene: FoundScene, row: Any, finder: Finder) -> SearchHit:
    meant = {each["artifact_id"]: each for each in row.meant or ()}
    reasons = [each for each in scene.reasons if each.artifact_id in (None, *meant)]
    evidence = finder.evidence(scene, row) if scene.is_by_text else ()
    if not evidence and meant:
        evidence = nearest_in_meaning(reasons, meant)
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
        reasons=tuple(reasons),
    )


def _moment(scene: FoundScene, evidence: Sequence[Evidence]) -> tuple[int, int]:
    """Of the best evidence. It may lie outside of the scene: a sentence can run over a cut."""
    for best in evidence:
        return best.start_ms, best.end_ms
    return scene.start_ms, scene.end_ms


def _people_names(connection: Connection, people_ids: Sequence[str]) -> dict[str, str]:
    """Id -> name of those of these people who have one."""
    if not people_ids:
        return {}
    rows = kept(_HERE, "people_names").rows(connection, {"people": list(people_ids)})
    return {row.cluster_id: row.name for row in rows}
