"""The runs that may answer, as far as that is known of whole films."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, FromClause, exists, or_, select

from rushes.artifacts.selection import Selection, SelectionMode, selected_runs
from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.db.tables import asset, libraries, runs
from rushes.db.user_tables import favourite_scenes
from rushes.errors import NotFoundError
from rushes.library.repository import get_library
from rushes.similar.embedders import STAGE_OF_KIND
from rushes.similar.request import SimilarFilters


def runs_that_may_answer(
    connection: Connection,
    filters: SimilarFilters,
    selection: Selection | None,
    kinds: Collection[EmbeddingKind],
) -> frozenset[str] | None:
    """Their ids, in one statement; None where there is nothing to narrow down."""
    stages = sorted({STAGE_OF_KIND[kind] for kind in kinds})
    chosen = selected_runs(None, stages, selection)
    conditions = [*_of_films(filters), *_of_runs(filters, chosen), *_of_pinned(selection)]
    if not conditions and selection is None:
        return None
    query = select(chosen.c.run_id).join(asset, asset.c.asset_id == chosen.c.asset_id)
    return frozenset(connection.scalars(query.where(*conditions)))


def check_names(connection: Connection, filters: SimilarFilters) -> None:
    """NotFoundError `library_not_found` or `video_not_found` for a filter that names nothing."""
    for name, column in (("libraries", libraries.c.slug), ("asset_ids", asset.c.asset_id)):
        wanted = dict.fromkeys(getattr(filters, name))
        if not wanted:
            continue
        known = set(connection.scalars(select(column).where(column.in_(wanted))))
        for each in wanted:
            if each not in known and name == "libraries":
                get_library(connection, each)  # says which there are
            elif each not in known:
                raise NotFoundError(
                    f"there is no video {each!r}",
                    code="video_not_found",
                    remedy="give an asset id, a path or a file name of an indexed film",
                )


def _of_films(filters: SimilarFilters) -> list[ColumnElement[bool]]:
    column, found = asset.c, list[ColumnElement[bool]]()
    if filters.libraries:
        found.append(column.library_slug.in_(filters.libraries))
    if filters.asset_ids:
        found.append(column.asset_id.in_(filters.asset_ids))
    if filters.captured_from is not None:
        found.append(column.capture_time >= filters.captured_from)
    if filters.captured_to is not None:
        found.append(column.capture_time <= filters.captured_to)
    if filters.playable is not None:
        found.append(column.playable.is_(filters.playable))
    if filters.is_favorite is False:
        found.append(column.is_favorite.is_(False))
    if filters.is_favorite:
        marked = exists().where(favourite_scenes.c.asset_id == column.asset_id)
        found.append(or_(column.is_favorite, marked))
    return found


def _of_runs(filters: SimilarFilters, chosen: FromClause) -> list[ColumnElement[bool]]:
    return [chosen.c.model_profile.in_(filters.profiles)] if filters.profiles else []


def _of_pinned(selection: Selection | None) -> list[ColumnElement[bool]]:
    """The one film of a pinned run: no other needs to be asked what answers for it."""
    if selection is None or selection.mode is not SelectionMode.PINNED:
        return []
    its = select(runs.c.asset_id).where(runs.c.run_id == selection.pinned_run_id)
    return [asset.c.asset_id.in_(its)]
