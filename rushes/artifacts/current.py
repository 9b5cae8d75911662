"""How the films stand now: the last word on each stage of each film's current content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select
from sqlalchemy.dialects.postgresql import distinct_on

from rushes.db.tables import asset, runs


@dataclass(frozen=True, slots=True)
class CurrentFailure:
    """A stage whose last try on the film's current content failed."""

    asset_id: str
    library_slug: str
    path: str
    stage: str
    model_profile: str
    code: str
    text: str
    retryable: bool


def current_failures(
    connection: Connection, asset_ids: Sequence[str] | None = None
) -> list[CurrentFailure]:
    """All of them, by library and path; of some films where `asset_ids` names them.

    The last run of a stage and configuration speaks for it; a running one does not speak yet.
    """
    last = (
        select(runs, asset.c.library_slug, asset.c.path)
        .join(
            asset,
            and_(
                asset.c.asset_id == runs.c.asset_id,
                asset.c.content_version == runs.c.content_version,
            ),
        )
        .where(runs.c.status != "running", asset.c.state == "present")
        .ext(distinct_on(runs.c.asset_id, runs.c.stage))
        .order_by(runs.c.asset_id, runs.c.stage, runs.c.started_at.desc(), runs.c.run_id.desc())
    )
    if asset_ids is not None:
        last = last.where(runs.c.asset_id.in_(asset_ids))
    each = last.subquery()
    failed = (
        select(each)
        .where(each.c.status == "failed")
        .order_by(each.c.library_slug, each.c.path, each.c.stage)
    )
    return [
        CurrentFailure(
            asset_id=row.asset_id,
            library_slug=row.library_slug,
            path=row.path,
            stage=row.stage,
            model_profile=row.model_profile,
            code=row.error_code,
            text=row.error_text,
            retryable=row.error_retryable,
        )
        for row in connection.execute(failed)
    ]


def films_by_work(
    failures: Sequence[CurrentFailure],
) -> dict[tuple[str, frozenset[str]], list[str]]:
    """(profile, failed stages) -> films, so that those with the same work are done together."""
    stages: dict[tuple[str, str], set[str]] = {}
    for each in failures:
        stages.setdefault((each.asset_id, each.model_profile), set()).add(each.stage)
    films: dict[tuple[str, frozenset[str]], list[str]] = {}
    for (asset_id, profile), failed in stages.items():
        films.setdefault((profile, frozenset(failed)), []).append(asset_id)
    return films
