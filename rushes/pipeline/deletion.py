"""Deleting films: all that is kept of them, wherever it lies. Files in a library are never touched.

One transaction locks the films, so that no run can start on them, and ends with their rows. What
lies outside of Postgres goes in between, so that a deletion that was cut short leaves the films
there and is finished by the same call again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from rushes.artifacts.runs import sweep_dead_runs
from rushes.audit import record
from rushes.db.sql import load_sql
from rushes.db.tables import runs
from rushes.db.user_tables import audit_log
from rushes.documents import delete_each
from rushes.documents.durable import CrashPoints, no_crash_points
from rushes.errors import UserError
from rushes.library import deletion as rows
from rushes.library.repository import get_library, get_video
from rushes.library.scan_store import library_lock
from rushes.people.emptied import clusters_of_films, forget_cached_faces, settle_clusters
from rushes.people.locking import lock_people
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.holdings import Holdings, Kept, film_holdings, kept_outside
from rushes.pipeline.runner import PipelineRunner

DELETION = "video.delete"
"""The action in the audit log; its details are the film's `Holdings`."""

LOCK_WAIT_SECONDS = 60.0
_HERE = Path(__file__).parent


class InFlightError(UserError):
    """A run is queued for or at work on the film."""

    code = "in_flight"
    retryable = True
    http_status = 409


@dataclass(frozen=True, slots=True)
class EarlierDeletion:
    """A film that was deleted before: when, and what went with it."""

    at: datetime
    removed: Holdings


class FilmDeletion:
    """Deletes films on behalf of `actor`, whom the audit log names."""

    def __init__(
        self,
        context: PipelineContext,
        runner: PipelineRunner,
        actor: str,
        *,
        lock_wait_seconds: float = LOCK_WAIT_SECONDS,
        crash_points: CrashPoints = no_crash_points,
    ) -> None:
        self._context = context
        self._runner = runner
        self._actor = actor
        self._lock_wait_seconds = lock_wait_seconds
        self._crash_points = crash_points

    def delete(self, asset_ids: Sequence[str]) -> list[Holdings]:
        """Delete these films, whether their files are there or not. Returns what went.

        Raises NotFoundError `video_not_found` and InFlightError before anything is deleted, and
        InvalidRequestError `library_busy` where a library is being scanned for too long.
        """
        films = [get_video(self._context.engine, each) for each in dict.fromkeys(asset_ids)]
        self._require_idle([film.asset_id for film in films])
        removed: list[Holdings] = []
        by_library = sorted(films, key=lambda film: film.library_slug)
        for slug, of_library in groupby(by_library, key=lambda film: film.library_slug):
            wanted = [film.asset_id for film in of_library]
            with library_lock(self._context.engine, slug, self._lock_wait_seconds) as connection:
                removed += self._delete(connection, slug, wanted, spare_busy=False)
        return removed

    def delete_missing(
        self, slug: str, older_than: timedelta, *, now: datetime | None = None
    ) -> list[Holdings]:
        """Delete a library's films that have been missing for `older_than`. Returns what went.

        Films that a run is queued for or at work on stay until the next call, and so does one
        whose file lies at its place again: the next scan finds it. Raises NotFoundError
        `library_not_found`, InvalidRequestError `library_offline`, `library_busy`.
        """
        before = (now or datetime.now(UTC)) - older_than
        sweep_dead_runs(self._context.engine)
        with library_lock(self._context.engine, slug, self._lock_wait_seconds) as connection:
            with connection.begin():
                library = get_library(connection, slug)
                doomed = rows.missing_films(connection, library, before)
            return self._delete(connection, slug, doomed, spare_busy=True)

    def _require_idle(self, asset_ids: Sequence[str]) -> None:
        sweep_dead_runs(self._context.engine)
        with self._context.engine.connect() as connection:
            _refuse(self._busy(connection, asset_ids))

    def _busy(self, connection: Connection, asset_ids: Collection[str]) -> set[str]:
        query = select(runs.c.asset_id).where(
            runs.c.asset_id.in_(asset_ids), runs.c.status == "running"
        )
        running = set(connection.execute(query).scalars())
        return running | self._runner.films_in_flight(asset_ids)

    def _delete(
        self, connection: Connection, slug: str, asset_ids: Sequence[str], *, spare_busy: bool
    ) -> list[Holdings]:
        """The deletion itself, over the connection that holds the library's lock."""
        if not asset_ids:
            return []
        with connection.begin():
            # Spaces, people, films: the order of whoever writes faces, so that none waits in a
            # circle; the films themselves are not waited for at all.
            connection.execute(load_sql(_HERE, "lock_film_spaces"), {"asset_ids": list(asset_ids)})
            lock_people(connection, slug)
            locked = rows.lock_films(connection, asset_ids)
            busy = self._busy(connection, locked) | (set(asset_ids) - locked)
            if not spare_busy:
                _refuse(busy)
            doomed = sorted(locked - busy)
            return self._remove(connection, slug, doomed) if doomed else []

    def _remove(self, connection: Connection, slug: str, doomed: Sequence[str]) -> list[Holdings]:
        kept = kept_outside(self._context, connection, doomed)
        removed = film_holdings(connection, doomed, kept)
        self._remove_files(kept)
        self._runner.forget_films(doomed)
        self._crash_points("partitions")
        clusters = clusters_of_films(connection, doomed)
        forget_cached_faces(connection, doomed)
        rows.delete_films(connection, doomed)
        settle_clusters(connection, slug, clusters)
        for each in removed:
            record(connection, self._actor, DELETION, each.asset_id, asdict(each))
        self._crash_points("rows")
        return removed

    def _remove_files(self, kept: Kept) -> None:
        delete_each(self._context.documents, kept.documents)
        self._crash_points("documents")
        for content_hash in kept.cached:
            self._context.cache.forget(content_hash)
        self._crash_points("cache")


def planned_deletion(context: PipelineContext, asset_ids: Sequence[str]) -> list[Holdings]:
    """What `FilmDeletion.delete` would remove. Nothing is changed and nobody is asked."""
    with context.engine.connect() as connection:
        return film_holdings(connection, asset_ids, kept_outside(context, connection, asset_ids))


def earlier_deletion(connection: Connection, asset_id: str) -> EarlierDeletion | None:
    """The deletion of a film that is gone, by the audit log; None where there was none."""
    query = select(audit_log.c.at, audit_log.c.details).where(
        audit_log.c.subject == asset_id, audit_log.c.action == DELETION
    )
    row = connection.execute(query.order_by(audit_log.c.entry_id.desc()).limit(1)).first()
    return None if row is None else EarlierDeletion(row.at, _holdings(row.details))


def _holdings(details: Mapping[str, Any]) -> Holdings:
    return Holdings(**{name: details[name] for name in Holdings.__dataclass_fields__})


def _refuse(busy: Collection[str]) -> None:
    if busy:
        raise InFlightError(
            f"a run is queued for or at work on {', '.join(sorted(busy))}",
            remedy="wait for that run or cancel it, then delete again",
        )
