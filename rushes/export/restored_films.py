"""Favourites and stored policies, put back on every film of the same content."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert

from rushes.artifacts.policies import set_policy
from rushes.artifacts.selection import Selection, SelectionMode
from rushes.db.sql import load_sql
from rushes.db.tables import artifact_selections, asset
from rushes.db.user_tables import favourite_scenes
from rushes.export.film_contents import FilmHere, FilmsHere
from rushes.export.records import FilmRecord, PinnedRun, Policy
from rushes.export.restore_report import RestoreReport, WaitsFor

_HERE = Path(__file__).parent


def restore_films(
    connection: Connection,
    records: Iterable[FilmRecord],
    films: FilmsHere,
    report: RestoreReport,
    *,
    overwrite: bool,
) -> set[str]:
    """Put back what the backup says of films. Returns the content hashes that are here."""
    found: set[str] = set()
    for record in records:
        for film in films.of(record):
            found.add(record.content_hash)
            _restore_scenes(connection, record, film, report)
            if film.is_current:
                _restore_favourite(connection, record, film, report)
                for policy in record.policies:
                    _PolicyRestoration(connection, policy, film, report).run(overwrite=overwrite)
    return found


def _restore_favourite(
    connection: Connection, record: FilmRecord, film: FilmHere, report: RestoreReport
) -> None:
    if not record.is_favorite:
        return
    report.count("favourite films", is_new=not film.is_favorite)
    if not film.is_favorite:
        statement = update(asset).where(asset.c.asset_id == film.asset_id)
        connection.execute(statement.values(is_favorite=True, updated_at=func.now()))


def _restore_scenes(
    connection: Connection, record: FilmRecord, film: FilmHere, report: RestoreReport
) -> None:
    rows = [
        {
            "asset_id": film.asset_id,
            "content_version": film.content_version,
            "start_ms": each.span[0],
            "end_ms": each.span[1],
            "created_at": each.created_at,
        }
        for each in record.favourite_scenes
    ]
    if rows:
        written = connection.execute(
            insert(favourite_scenes)
            .values(rows)
            .on_conflict_do_nothing()
            .returning(favourite_scenes.c.start_ms)
        ).all()
        report.count("favourite scenes", is_new=True, number=len(written))
        report.count("favourite scenes", is_new=False, number=len(rows) - len(written))


class _PolicyRestoration:
    def __init__(
        self, connection: Connection, policy: Policy, film: FilmHere, report: RestoreReport
    ) -> None:
        self._connection = connection
        self._policy = policy
        self._film = film
        self._report = report
        self._subject = f"{film.asset_id}: {policy.artifact_type}"

    def run(self, *, overwrite: bool) -> None:
        """Store the policy, unless another stands already."""
        if self._policy.mode is SelectionMode.DEFAULT:
            return
        runs = self._runs(self._policy.pinned) if self._policy.pinned else []
        if self._policy.mode is SelectionMode.PINNED and not runs:
            self._report.wait("policy", self._subject, WaitsFor.A_RUN)
            return
        standing = self._standing()
        if standing is None or (overwrite and not self._is_same(standing, runs)):
            self._store(runs)
        if standing is None:
            return
        if self._is_same(standing, runs):
            self._report.count("policies", is_new=False)
        else:
            here, there = _told(standing), self._policy.preferred_profile or self._policy.mode
            kept = there if overwrite else here
            self._report.differ("policy", self._subject, here, there, kept)

    def _store(self, runs: list[str]) -> None:
        pinned = runs[0] if self._policy.mode is SelectionMode.PINNED else None
        selection = Selection(self._policy.mode, self._policy.preferred_profile, pinned)
        kinds = [self._policy.artifact_type]
        set_policy(self._connection, [self._film.asset_id], kinds, selection)
        self._report.count("policies", is_new=True)

    def _runs(self, pinned: PinnedRun) -> list[str]:
        parameters = {"asset_id": self._film.asset_id, **pinned.model_dump(mode="json")}
        return list(self._connection.execute(load_sql(_HERE, "pinned_runs"), parameters).scalars())

    def _standing(self) -> Any:
        table = artifact_selections
        query = select(table.c.mode, table.c.preferred_profile, table.c.pinned_run_id).where(
            table.c.asset_id == self._film.asset_id,
            table.c.artifact_type == self._policy.artifact_type.value,
        )
        return self._connection.execute(query).first()

    def _is_same(self, standing: Any, runs: list[str]) -> bool:
        return (
            standing.mode == self._policy.mode
            and standing.preferred_profile == self._policy.preferred_profile
            and (standing.mode != SelectionMode.PINNED or standing.pinned_run_id in runs)
        )


def _told(standing: Any) -> str:
    return str(standing.pinned_run_id or standing.preferred_profile or standing.mode)
