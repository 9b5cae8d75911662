"""A generation of the one before and what came since: quicker than a build, and less tidy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from rushes.db.reading import reading
from rushes.documents.durable import CrashPoints, no_crash_points
from rushes.vectors.anchors import holds, plant
from rushes.vectors.building.build import build_under_lock
from rushes.vectors.building.cells import cell_count
from rushes.vectors.building.changes import ChangesMissedError, views_since
from rushes.vectors.building.database import database_identity, last_seq
from rushes.vectors.building.failures import index_errors
from rushes.vectors.building.index_types import grown
from rushes.vectors.building.options import BuildOptions
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import IndexType, Manifest
from rushes.vectors.generations.writing import Draft, write_generation
from rushes.vectors.live.base import Base
from rushes.vectors.live.bits import Bits, packed, unpacked
from rushes.vectors.live.view import View

_OUTGROWN: Final = 1.5
"""Cells are made anew where there ought to be so many times as many: of twice the vectors."""


class _ToBuildError(Exception):
    """No save will do."""


@dataclass(frozen=True, slots=True)
class _Since:
    """A generation with its changes; `first_seq`: of the first vector that came, 0 for none."""

    view: View
    first_seq: int


def save_generation(
    engine: Engine,
    folder: SpaceFolder,
    base: Base,
    options: BuildOptions,
    *,
    reason: str,
    crash_points: CrashPoints = no_crash_points,
) -> Manifest | None:
    """Publish `base` with all that came since. None: nothing did, or another process was quicker.

    Deleted vectors stay in it under tombstones. Where a save will not do (tombstones were pruned,
    the space has outgrown its index, `base` is of another database), it is a build. Raises what
    `build_generation` does.
    """
    with folder.locked():
        if _is_superseded(folder, base):
            return None
        try:
            with reading(engine) as connection:
                database = database_identity(connection)
                since = _read(connection, base, options, database)
        except _ToBuildError:
            return build_under_lock(
                engine, folder, options, reason=reason, crash_points=crash_points
            )
        if since is None:
            return None
        anchor = plant(engine, folder.space, since.view.applied_seq)
        crash_points("rows read")
        with index_errors(folder.space):
            draft = draft_with(base, since.view, options, first_seq=since.first_seq, reason=reason)
        crash_points("index made")
        return write_generation(folder, replace(draft, anchor=anchor), crash_points=crash_points)


def _is_superseded(folder: SpaceFolder, base: Base) -> bool:
    """Whether another generation counts now that has applied at least as much.

    Names sort by what was applied.
    """
    current, name = folder.current(), base.manifest.name
    if current is None or current == name:
        return False
    return current >= name.partition("-")[0]


def _read(
    connection: Connection, base: Base, options: BuildOptions, database: str
) -> _Since | None:
    manifest = base.manifest
    if manifest.database != database or manifest.applied_seq > last_seq(connection):
        raise _ToBuildError
    if not holds(connection, manifest.space, manifest.anchor):
        raise _ToBuildError
    page_rows = options.page_rows(manifest.dimension)
    view, first_seq, has_changed = View.of(base), 0, False
    try:
        for step, changes in views_since(connection, base, page_rows):
            view = step
            has_changed = has_changed or any(each.horizon is None for each in changes)
            came = (each.seq for each in changes if each.vector is not None)
            first_seq = first_seq or next(came, 0)
            if _has_outgrown(view, base, options):
                raise _ToBuildError
    except ChangesMissedError as error:
        raise _ToBuildError from error
    return _Since(view, first_seq) if has_changed else None


def _has_outgrown(view: View, base: Base, options: BuildOptions) -> bool:
    count = base.count + view.delta.live
    if base.manifest.index_type is IndexType.FLAT:
        return base.count <= options.flat_limit < count
    return cell_count(count, count) > _OUTGROWN * base.manifest.nlist


def draft_with(
    base: Base, view: View, options: BuildOptions, *, first_seq: int, reason: str
) -> Draft:
    """The generation and, behind its vectors, what its `view` has beside it.

    `first_seq`: of the first vector that came, if the generation has none.
    """
    manifest = base.manifest
    rows = [row for row in range(view.delta.count) if row not in view.delta.gone]
    ids = [each.decode("ascii") for each in base.ids.tolist()]
    ids += [view.delta.ids[row] for row in rows]
    run_of, run_ids = _runs(base, [view.delta.run_ids[row] for row in rows])
    buried = _buried(view, base.count, len(ids))
    made = grown(base, np.asarray(view.delta.rows[rows]), buried, options)
    return Draft(
        space=manifest.space,
        index=made.index,
        ids=ids,
        run_of=run_of,
        run_ids=run_ids,
        buried=buried,
        first_seq=manifest.first_seq or first_seq,
        applied_seq=view.applied_seq,
        compacted_seq=manifest.compacted_seq,
        index_type=made.index_type,
        nlist=made.nlist,
        nprobe=made.nprobe,
        recall_at_10=made.recall_at_10,
        recall_curve=made.recall_curve,
        flat_milliseconds=made.flat_milliseconds,
        database=manifest.database,
        reason=reason,
    )


def _runs(base: Base, run_ids_of_more: list[str]) -> tuple[NDArray[np.int32], list[str]]:
    places = {run_id: place for place, run_id in enumerate(base.run_ids)}
    more = [places.setdefault(run_id, len(places)) for run_id in run_ids_of_more]
    return np.concatenate([base.run_of, np.array(more, np.int32)]), list(places)


def _buried(view: View, before: int, count: int) -> Bits:
    """What came stands behind the vectors of the generation, and none of it is buried."""
    flags = np.zeros(count, np.bool_)
    flags[:before] = unpacked(view.buried, before)
    return packed(flags)
