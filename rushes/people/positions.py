"""Whose place a face is at: what earlier runs of the same film say about a face of a new one.

Vectors of two models cannot be compared, places in a picture can. So names outlive a new model.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from rushes.db.sql import load_sql
from rushes.people.faces import Box, Face, overlap, relative_box
from rushes.people.options import ClusteringOptions

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class PlacedFace:
    """A face of an earlier run that belongs to a cluster."""

    frame_number: int
    start_ms: int
    box: Box
    cluster_id: str


def earlier_faces(connection: Connection, run_id: str) -> list[PlacedFace]:
    """Of the completed earlier runs on the same content, those of the newest run first."""
    rows = connection.execute(load_sql(_HERE, "earlier_faces"), {"run_id": run_id})
    return [
        PlacedFace(
            row.payload["frame_number"],
            row.span_start_ms,
            relative_box(row.payload),
            row.cluster_id,
        )
        for row in rows
    ]


class Places:
    """Earlier faces, found by frame number or, where the sampling differs, by nearest time."""

    def __init__(self, earlier: Iterable[PlacedFace], options: ClusteringOptions) -> None:
        self._options = options
        self._by_frame: defaultdict[int, list[PlacedFace]] = defaultdict(list)
        self._by_time: defaultdict[int, list[PlacedFace]] = defaultdict(list)
        for each in earlier:
            self._by_frame[each.frame_number].append(each)
            self._by_time[each.start_ms].append(each)
        self._times = sorted(self._by_time)

    def cluster_at(self, face: Face) -> str | None:
        """The cluster of the earlier face that overlaps most, where it overlaps enough."""
        best, best_overlap = None, self._options.anchor_overlap
        for each in self._by_frame.get(face.frame_number) or self._nearest(face.start_ms):
            shared = overlap(face.box, each.box)
            # The first of equals stays: it is of the newest run.
            if shared > best_overlap or (best is None and shared == best_overlap):
                best, best_overlap = each.cluster_id, shared
        return best

    def _nearest(self, start_ms: int) -> list[PlacedFace]:
        gap = self._options.anchor_gap_ms
        first = bisect_left(self._times, start_ms - gap)
        near = self._times[first : bisect_right(self._times, start_ms + gap)]
        return self._by_time[min(near, key=lambda time: abs(time - start_ms))] if near else []
