"""The runs that may answer, as far as that is known of whole films."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, FromClause, exists, or_, select

from rushes.artifacts.selection import Selection, SelectionMode, selected_runs
from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.db.reading import kept, reading
from rushes.db.tables import asset, libraries, runs
from rushes.db.user_tables import favourite_scenes
from rushes.errors import NotFoundError
from rushes.library.repository import get_library
from rushes.similar.embedders import STAGE_OF_KIND
from rushes.similar.request import SimilarFilters

_HERE: Final = Path(__file__).parent


def runs_that_may_answer(
    engine: Engine,
    filters: SimilarFilters,
    selection: Selection | None,
    kinds: Collection[EmbeddingKind],
) -> frozenset[str] | None:
    """Their ids, in one statement; None where the question narrows nothing down, and those that
    answer by each film's policy may: `runs_by_policy`.
    """
    of_films = _of_films(filters)
    if not of_films and not filters.profiles and selection is None:
        return None
    chosen = selected_runs(None, _stages(kinds), selection)
    conditions = [*of_films, *_of_runs(filters, chosen), *_of_pinned(selection)]
    query = select(chosen.c.run_id).join(asset, asset.c.asset_id == chosen.c.asset_id)
    with reading(engine) as connection:
        return frozenset(connection.scalars(query.where(*conditions)))


def runs_by_policy(engine: Engine, kinds: Collection[EmbeddingKind]) -> frozenset[str]:
    """All runs that answer with embeddings of these kinds: one or two a film."""
    with reading(engine) as connection:
        rows = kept(_HERE, "answering_runs").rows(connection, {"stages": _stages(kinds)})
    return frozenset(row.run_id for row in rows)


def check_names(engine: Engine, filters: SimilarFilters) -> None:
    """NotFoundError `library_not_found` or `video_not_found` for a filter that names nothing."""
    if filters.libraries or filters.asset_ids:
        with reading(engine) as connection:
            _check_names(connection, filters)


def _check_names(connection: Connection, filters: SimilarFilters) -> None:
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


def _stages(kinds: Collection[EmbeddingKind]) -> list[str]:
    return sorted({STAGE_OF_KIND[kind] for kind in kinds})


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
