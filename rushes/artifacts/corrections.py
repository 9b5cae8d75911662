"""What people correct: a run with origin `human` and artifacts like those of a stage.

It answers whichever run is selected, and stands in for what it overlaps of its type by more than
half of the shorter span. To withdraw it is to delete its run: what it replaced answers again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

import rushes
from rushes import audit
from rushes.artifacts.correction_payloads import CORRECTABLE, Frames, Surroundings, filled
from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.hashing import artifact_id, input_hash, sha256_of
from rushes.artifacts.queries import Range
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType, ModelProfile, Origin
from rushes.db.tables import asset, runs
from rushes.errors import InvalidRequestError, NotFoundError

MAX_ITEMS: Final = 1000
"""Of one correction; more are several."""
_PRODUCER: Final = "human"
_VERSION: Final = 1
"""Of the payloads' schemas."""
_NOBODY: Final = 0
"""In place of a worker: the run is never seen running."""


@dataclass(frozen=True, slots=True)
class CorrectionItem:
    """What a person says of [start_ms, end_ms); the payload may be partial."""

    start_ms: int
    end_ms: int
    payload: Mapping[str, Any]


def correct(
    connection: Connection,
    repository: ArtifactRepository,
    asset_id: str,
    artifact_type: ArtifactType,
    items: Sequence[CorrectionItem],
    actor: str,
) -> str:
    """Write a correction of the film's current content, in the caller's transaction.

    Returns the id of its run. What the payloads leave unsaid is filled in by the rule of
    `correction_payloads`. Raises NotFoundError `video_not_found`, and InvalidRequestError:
    `bad_correction` for a type that is not corrected, no items or too many, or a span outside the
    film; `bad_payload` for what the type's schema refuses.
    """
    film = _film(connection, asset_id)
    _check(film, artifact_type, items)
    run = _run(film, artifact_type, len(items))
    connection.execute(insert(runs).values(run))
    payloads = [
        repository.whole_payload(
            artifact_type, _VERSION, filled(artifact_type, item.payload, there)
        )
        for item, there in _known(connection, repository, asset_id, artifact_type, items)
    ]
    repository.batch_create(connection, _envelopes(run, artifact_type, items, payloads))
    connection.execute(
        update(asset)
        .where(asset.c.asset_id == asset_id)
        .values(searchable=True, updated_at=func.now())
    )
    told = {"video_id": asset_id, "type": artifact_type.value, "items": len(items)}
    audit.record(connection, actor, "correction.made", run["run_id"], told)
    return str(run["run_id"])


def withdraw(connection: Connection, run_id: str, actor: str) -> None:
    """Delete a correction; NotFoundError `correction_not_found` for another run or none."""
    mine = (runs.c.run_id == run_id, runs.c.origin == Origin.HUMAN.value)
    gone = connection.execute(
        delete(runs).where(*mine).returning(runs.c.asset_id, runs.c.counts)
    ).first()
    if gone is None:
        raise NotFoundError(
            f"{run_id!r} is no correction",
            code="correction_not_found",
            remedy="see `rushes corrections FILM` for those of a film",
        )
    told = {"video_id": gone.asset_id, **gone.counts}
    audit.record(connection, actor, "correction.withdrawn", run_id, told)


def _film(connection: Connection, asset_id: str) -> Row[Any]:
    column = asset.c
    query: Select[Any] = select(
        column.asset_id, column.content_version, column.content_hash, column.duration_ms
    )
    found = connection.execute(query.where(column.asset_id == asset_id)).first()
    if found is None:
        raise NotFoundError(
            f"there is no video {asset_id!r}",
            code="video_not_found",
            remedy="give the asset id of an indexed film",
        )
    return found


def _check(film: Row[Any], artifact_type: ArtifactType, items: Sequence[CorrectionItem]) -> None:
    if artifact_type not in CORRECTABLE:
        raise _bad(f"{artifact_type} is not corrected by hand", _WAY_OUT.get(artifact_type, _OTHER))
    if not 1 <= len(items) <= MAX_ITEMS:
        raise _bad(f"a correction of {len(items)} items", f"give 1 to {MAX_ITEMS}")
    for each in items:
        Range(each.start_ms, each.end_ms)
        if film.duration_ms is not None and each.end_ms > film.duration_ms:
            raise _bad(
                f"{each.start_ms} to {each.end_ms} ms ends after the film",
                f"the film ends at {film.duration_ms} ms",
            )


_CORRECTABLE_NAMES: Final = ", ".join(sorted(CORRECTABLE))
_OTHER: Final = f"what is corrected: {_CORRECTABLE_NAMES}"
_WAY_OUT: Final = {
    ArtifactType.FACE_DETECTION: "say who is who instead: `rushes people`",
    ArtifactType.VIDEO_METADATA: "it is what the file says; correct: " + _CORRECTABLE_NAMES,
}


def _run(film: Row[Any], artifact_type: ArtifactType, items: int) -> dict[str, Any]:
    return {
        "run_id": f"r{secrets.token_hex(12)}",
        "asset_id": film.asset_id,
        "content_version": film.content_version,
        "stage": STAGE_OF_TYPE[artifact_type],
        "origin": Origin.HUMAN.value,
        "model_profile": ModelProfile.NONE.value,
        "config_hash": sha256_of({"origin": Origin.HUMAN.value, "type": artifact_type.value}),
        "input_hash": input_hash(film.content_hash, None),
        "producer": _PRODUCER,
        "producer_version": rushes.__version__,
        "status": "completed",
        "worker_key": _NOBODY,
        "started_at": func.clock_timestamp(),
        "finished_at": func.clock_timestamp(),
        "reported_at": func.clock_timestamp(),
        "counts": {artifact_type.value: items},
    }


def _known(
    connection: Connection,
    repository: ArtifactRepository,
    asset_id: str,
    artifact_type: ArtifactType,
    items: Sequence[CorrectionItem],
) -> Iterator[tuple[CorrectionItem, Surroundings]]:
    """Each item, and what is known of the film where it stands."""
    start, end = min(each.start_ms for each in items), max(each.end_ms for each in items)
    # Scenes are counted from the film's first.
    span = Range(0 if artifact_type is ArtifactType.SCENE else start, end)
    standing = repository.answering(connection, asset_id, artifact_type, span)
    frames = _frames(connection, repository, asset_id)
    for item in items:
        yield item, _surroundings(item, standing, frames)


def _envelopes(
    run: Mapping[str, Any],
    artifact_type: ArtifactType,
    items: Sequence[CorrectionItem],
    payloads: Sequence[dict[str, Any]],
) -> list[ArtifactEnvelope]:
    created_at = datetime.now(UTC)
    return [
        ArtifactEnvelope(
            artifact_id=artifact_id(run["run_id"], artifact_type, ordinal),
            asset_id=run["asset_id"],
            artifact_type=artifact_type,
            schema_version=_VERSION,
            span_start_ms=item.start_ms,
            span_end_ms=item.end_ms,
            payload=payload,
            producer=run["producer"],
            producer_version=run["producer_version"],
            model_profile=ModelProfile.NONE,
            config_hash=run["config_hash"],
            input_hash=run["input_hash"],
            run_id=run["run_id"],
            created_at=created_at,
        )
        for ordinal, (item, payload) in enumerate(zip(items, payloads, strict=True))
    ]


def _surroundings(
    item: CorrectionItem, standing: Sequence[ArtifactEnvelope], frames: Frames | None
) -> Surroundings:
    return Surroundings(
        item.start_ms,
        item.end_ms,
        [each for each in standing if _replaces(item, each)],
        frames,
        scenes_before=sum(each.span_start_ms < item.start_ms for each in standing),
    )


def _replaces(item: CorrectionItem, other: ArtifactEnvelope) -> bool:
    """More than half of the shorter span, as the database's `replacements` has it."""
    shared = min(item.end_ms, other.span_end_ms) - max(item.start_ms, other.span_start_ms)
    shorter = min(item.end_ms - item.start_ms, other.span_end_ms - other.span_start_ms)
    return 2 * shared > shorter


def _frames(connection: Connection, repository: ArtifactRepository, asset_id: str) -> Frames | None:
    found = repository.answering(connection, asset_id, ArtifactType.VIDEO_METADATA)
    if not found:
        return None
    facts = found[0].payload
    size = facts["width"], facts["height"]
    width, height = size if facts["rotation"] % 180 == 0 else size[::-1]
    return Frames(width, height, facts["frame_rate_numerator"] / facts["frame_rate_denominator"])


def _bad(message: str, remedy: str) -> InvalidRequestError:
    return InvalidRequestError(message, code="bad_correction", remedy=remedy)
