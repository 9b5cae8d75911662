"""How many further moments the scenes of a page have, where not everything was looked at."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from rushes.db.reading import kept, reading
from rushes.similar.hydration import SceneKey, Verifier, scene_key
from rushes.similar.request import MAX_VERIFIED
from rushes.similar.walking import Group, SpaceFound
from rushes.vectors.space import space_parameters

_HERE: Final = Path(__file__).parent


def moments_of(page: Sequence[Group], found: SpaceFound, verifier: Verifier) -> Counter[SceneKey]:
    """Of each scene of the page how many moments of the space are above its cut-off."""
    scenes = {scene_key(each.best.row) for each in page}
    if found.is_all:
        return Counter({scene_key(each.best.row): len(each.moments) for each in found.groups})
    with reading(verifier.engine) as connection:
        stored = kept(_HERE, "scene_moments").rows(connection, _asked(page, found))
    ids = _above(found, stored)
    rows = verifier.rows(ids)
    counted = Counter(scene_key(row) for row in rows.values())
    return Counter({key: number for key, number in counted.items() if key in scenes})


def _asked(page: Sequence[Group], found: SpaceFound) -> dict[str, Any]:
    space = found.view.space
    scenes = [
        {
            "asset_id": each.best.row.asset_id,
            "start_ms": each.best.row.scene_start_ms,
            "end_ms": each.best.row.scene_end_ms,
        }
        for each in page
    ]
    return {
        "scenes": json.dumps(scenes),
        **space_parameters(space),
    }


def _above(found: SpaceFound, rows: Sequence[Any]) -> set[str]:
    if not rows:
        return set()
    vectors = np.stack([np.frombuffer(row.vector, "<f4") for row in rows])
    nearest = (vectors @ np.stack(found.asked.vectors).T).max(axis=1)
    above = np.flatnonzero(nearest >= found.asked.cut_off)
    above = above[np.argsort(-nearest[above], kind="stable")[:MAX_VERIFIED]]
    return {rows[at].embedding_id for at in above.tolist()} - found.asked.without
