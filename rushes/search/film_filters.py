"""Films that the filters leave, as far as that is known of whole films."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, exists, or_, select

from rushes.db.answer_tables import current_runs, film_vocabulary
from rushes.db.tables import asset, runs
from rushes.search.request import Filters

_FLAGS = ("offline_ready", "preview_ready", "playable", "searchable")


def allowed_films(connection: Connection, filters: Filters) -> list[str] | None:
    """Their ids; None where the filters leave all films. No film that has a match is missing."""
    conditions = [*_of_rows(filters), *_of_contents(filters)]
    if not conditions:
        return None
    return list(connection.scalars(select(asset.c.asset_id).where(*conditions)))


def _of_rows(filters: Filters) -> list[ColumnElement[bool]]:
    column, found = asset.c, list[ColumnElement[bool]]()
    if filters.libraries:
        found.append(column.library_slug.in_(filters.libraries))
    if filters.asset_ids:
        found.append(column.asset_id.in_(filters.asset_ids))
    for name in _FLAGS:
        wanted = getattr(filters, name)
        if wanted is not None:
            found.append(column[name].is_(wanted))
    if filters.captured_from is not None:
        found.append(column.capture_time >= filters.captured_from)
    if filters.captured_to is not None:
        found.append(column.capture_time <= filters.captured_to)
    if filters.is_favorite is False:
        found.append(column.is_favorite.is_(False))
    return found


def _of_contents(filters: Filters) -> list[ColumnElement[bool]]:
    wanted = (
        ("object", filters.objects),
        ("place", filters.places),
        ("person", filters.people),
    )
    entry = film_vocabulary.c
    found = [
        exists().where(
            entry.asset_id == asset.c.asset_id, entry.kind == kind, entry.label.in_(labels)
        )
        for kind, labels in wanted
        if labels
    ]
    made = (
        (runs.c.model_profile, filters.profiles),
        (runs.c.producer, filters.producers),
    )
    found += [
        exists().where(
            current_runs.c.asset_id == asset.c.asset_id,
            runs.c.run_id == current_runs.c.run_id,
            column.in_(values),
        )
        for column, values in made
        if values
    ]
    return [or_(each) for each in found]
